"""`python -m analysis compare`: the comparison printed in the founding letter's Table 2, and bad input in one line."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from analysis.__main__ import main
from analysis.wording import counted, decimal, ratio, ratio_limits
from run_folder import told_once

PRINTED = """\
Two proportions compared, 95 % confidence limits

  First  17/19     89.5 %        (66.9 to 98.7 %)        Clopper-Pearson
  Second 22/32     68.8 %        (50.0 to 83.9 %)        Clopper-Pearson

  Risk difference  20.7 points   (-4.0 to 39.6)          Newcombe hybrid score
  Risk ratio       1.30          (0.98 to 1.72)          log-normal (Katz)
  Odds ratio       3.77          (0.67 to 39.93)         conditional maximum likelihood, exact limits
  P value          0.17                                  Fisher exact test, two-sided

Exact values
  first proportion          0.89473684     0.66862334     0.98698784
  second proportion             0.6875     0.49992242     0.83881528
  risk difference           0.20723684   -0.040207312      0.3963089
    Miettinen-Nurminen    -0.041520807     0.40947268
  risk ratio                 1.3014354     0.98368752      1.7218213
  odds ratio                 3.7727821     0.66972625      39.925649
  P value                   0.17058028
"""


@pytest.fixture
def in_a_process(shared_folder, request):
    """Return what runs Python in a process of its own, once for both engines: exit code, output, errors."""

    def run(*arguments):
        def told():
            done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60)
            return done.returncode, done.stdout, done.stderr

        return tuple(told_once(shared_folder, request.node.name, told))

    return run


def test_the_published_comparison_is_printed_with_its_limits(in_a_process):
    assert in_a_process("-m", "analysis", "compare", "17/19", "22/32") == (0, PRINTED, "")


def test_undefined_ratios_are_said_in_words(capsys):
    assert main(["compare", "0/8", "0/9"]) == 0
    told = capsys.readouterr().out
    assert "  Odds ratio       not defined   (0.00 to infinity)" in told
    assert "  Risk ratio       not defined   (not defined)" in told
    assert main(["compare", "5/5", "7/7"]) == 0
    assert "  Risk ratio       1.00          (not defined)" in capsys.readouterr().out


def test_a_p_value_that_disagrees_with_the_exact_limits_is_explained(capsys):
    # fisher.test(matrix(c(3, 4, 0, 11), 2)) in R 4.2.2: p 0.04289216, conf.int 0.7549308 Inf
    assert main(["compare", "3/7", "0/11"]) == 0
    told = capsys.readouterr().out
    assert "  Odds ratio       infinity      (0.75 to infinity)" in told
    assert "  P value          0.043" in told
    assert "P and the limits of the odds ratio disagree" in told and "at most 2.5 % on either side." in told
    # fisher.test(matrix(c(17, 2, 22, 10), 2)): p 0.1705803, conf.int 0.6697106 39.92822
    assert main(["compare", "17/19", "22/32"]) == 0
    assert "disagree" not in capsys.readouterr().out


def test_a_small_ratio_is_not_printed_as_none(capsys):
    # fisher.test(matrix(c(1, 59, 50, 10), 2)) in R 4.2.2: 0.0036905528, conf.int 9.0741946e-05 2.6055018e-02
    assert main(["compare", "1/60", "50/60"]) == 0
    assert "  Odds ratio       <0.01         (<0.01 to 0.03)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0.00"), (0.0049, "<0.01"), (0.005, "0.01"), (1.3, "1.30"), (math.inf, "infinity"), (math.nan, "not defined")],
)
def test_a_ratio_above_0_is_never_printed_as_0(value, words):
    assert ratio(value) == words
    assert ratio_limits(value, 2) == ("not defined" if words == "not defined" else f"{words} to 2.00")


@pytest.mark.parametrize(
    ("value", "words"), [(1229.58, "1,229.6"), (999.94, "999.9"), (-1229.58, "-1,229.6"), (-0.04, "0.0")]
)
def test_thousands_are_set_apart_as_in_the_counts_beside_them(value, words):
    assert decimal(value, 1) == words


@pytest.mark.parametrize(("number", "words"), [(1, "1 day"), (999, "999 days"), (1414, "1,414 days")])
def test_a_count_with_its_noun_sets_thousands_apart(number, words):
    assert counted(number, "day", "days") == words


def test_the_largest_groups_are_compared_within_memory(in_a_process):
    ended, told, errors = in_a_process("-m", "analysis", "compare", "500000/999999", "499000/999999")
    assert (ended, errors) == (0, "")
    # fisher.test(matrix(c(500000, 499000, 499999, 500999), 2))$p.value: 0.1577143
    assert "  P value                    0.1577143\n" in told
    assert "  First  500000/999999 50.0 % " in told


def test_the_level_is_written_as_it_was_asked_for(capsys):
    assert main(["compare", "1/2", "2/3", "--level", "0.99999"]) == 0
    assert capsys.readouterr().out.startswith("Two proportions compared, 99.999 % confidence limits\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("compare", "20/19", "22/32"),
            "compare: 20/19 has more events than people: write events/people, such as 17/19.",
        ),
        (("compare", "abc", "22/32"), "compare: 'abc' is not events/people: write two whole numbers such as 17/19."),
        (("compare", "-1/3", "1/2"), "compare: '-1/3' is not events/people: write two whole numbers such as 17/19."),
        (
            ("compare", "999999/1000000", "1/2"),
            "compare: '999999/1000000' is too large: a number of people has at most 6 digits.",
        ),
        (("compare", "0/0", "1/2"), "compare: the first group is empty (0/0): there is nothing to compare."),
        (("compare", "1/2"), "compare: the following arguments are required: X2/N2"),
        (
            ("compare", "1/2", "1/3", "--level", "95"),
            "compare: '95' is not a confidence level: write a share between 0 and 1, such as 0.95.",
        ),
        (
            ("shuffle",),
            "argument COMMAND: invalid choice: 'shuffle' (choose from 'aggregates', 'compare', 'endpoints', 'report',"
            " 'formats', 'texts')",
        ),
        ((), "the following arguments are required: COMMAND"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        sys.exit(main(arguments))
    separator = " " if message.startswith("compare") else ": "
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"python -m analysis{separator}{message}\n")


def test_a_process_that_was_given_bad_input_ends_with_exit_code_2(in_a_process):
    said = "python -m analysis compare: the first group is empty (0/0): there is nothing to compare.\n"
    assert in_a_process("-m", "analysis", "compare", "0/0", "1/2") == (2, "", said)


def test_compare_starts_without_pandas_and_matplotlib(in_a_process):
    program = (
        "import sys; from analysis.__main__ import main; main(['compare', '1/2', '1/3']);"
        " sys.exit('loaded' if {'pandas.core', 'lifelines.fitters', 'matplotlib'} & set(sys.modules) else 0)"
    )
    ended, _, errors = in_a_process("-c", program)
    assert (ended, errors) == (0, "")
