"""Behind `registry.records`, the one door: what a row passes on its way into the casebook.

`judging` locks and loads the child's casebook, `planning` judges one row, `storing` writes it. `consequences` brings up
to date what other records derive, `verdicts` what the rule sets say, `reconciling` the data queries, `manual_queries`
what people asked about a voided record. `outcomes` holds the words of all this.
"""
