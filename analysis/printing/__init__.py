"""How results reach paper and screen: the parts of a page, tables, figures and the files they become."""
