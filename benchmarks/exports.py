"""How long exports of 10,000 children with a million records take, and how much memory, beside plain SELECTs."""

from datetime import date

PATIENTS, SEED, UNTIL = 240, 1, date(2026, 6, 1)
COPIES, TIMES = 42, 6
