"""A slip in the settings file is told in one line by the first command, and not at the first sign-in after it."""

from pathlib import Path

import pytest

from command_line import run

SLIPS = (
    ('STORAGE_DRI = "/srv"', "There is no setting STORAGE_DRI. Did you mean STORAGE_DIR?"),
    ('SQLALCHEMY_DATABASE_URL = "sqlite://"', "There is no setting SQLALCHEMY_DATABASE_URL. Did you mean SQL"),
    ("IDLE_MINUTE = 5", "There is no setting IDLE_MINUTE. Did you mean IDLE_MINUTES?"),
    ("SESSION_COOKIE_DOMAINS = 'x'", "There is no setting SESSION_COOKIE_DOMAINS. Did you mean SESSION_COOKIE_DOMAIN?"),
    ("QQ = 1", "There is no setting QQ. Write names of your own in small letters."),
    ('IDLE_MINUTES = "thirty"', "IDLE_MINUTES is 'thirty'. Write a number of minutes above 0"),
    ("IDLE_MINUTES = 0", "IDLE_MINUTES is 0. Write a number of minutes above 0"),
    ('PROXY_HOPS = "1"', "PROXY_HOPS is '1'. Write the number of proxies"),
    ("PROXY_HOPS = True", "PROXY_HOPS is True. Write the number of proxies"),
    ("PROXY_HOPS = -1", "PROXY_HOPS is -1. Write the number of proxies"),
    (
        'TRUSTED_HOSTS = "registry.example"',
        "TRUSTED_HOSTS is 'registry.example'. Write the host names in small letters",
    ),
    ("TRUSTED_HOSTS = []", "TRUSTED_HOSTS is []. Write the host names"),
    ("TRUSTED_HOSTS = None", "TRUSTED_HOSTS is None. Write the host names"),
    ('TRUSTED_HOSTS = ["https://a.example"]', "TRUSTED_HOSTS is ['https://a.example']. Write the host names"),
    ('TRUSTED_HOSTS = ["*"]', "TRUSTED_HOSTS is ['*']. Write the host names"),
    ('TRUSTED_HOSTS = ["A.example"]', "TRUSTED_HOSTS is ['A.example']. Write the host names in small letters"),
    ('TRUSTED_HOSTS = ["a.example:8000"]', "TRUSTED_HOSTS is ['a.example:8000']. Write the host names"),
    ("TRUSTED_HOST = ['a.example']", "There is no setting TRUSTED_HOST. Did you mean TRUSTED_HOSTS?"),
    ('CHECK_DAILY = "no"', "CHECK_DAILY is 'no'. Write True or False, without quotes"),
    ('PERMANENT_SESSION_LIFETIME = "12h"', "PERMANENT_SESSION_LIFETIME is '12h'. Write a span of time"),
    ('MAX_CONTENT_LENGTH = "8m"', "MAX_CONTENT_LENGTH is '8m'. Write a number of bytes"),
    ("MAX_FORM_MEMORY_SIZE = 0", "MAX_FORM_MEMORY_SIZE is 0. Write a number of bytes"),
    ("STORAGE_DIR = 5", "STORAGE_DIR is 5. Write a folder in quotes"),
    ('STORAGE_DIR = ""', "STORAGE_DIR is ''. Write a folder in quotes"),
    ("ANCHORS_FILE = None", "ANCHORS_FILE is None. Write a file in quotes"),
    ('SECURITY_TOTP_SECRETS = "hush"', "SECURITY_TOTP_SECRETS is not what it should be. Write secrets by number"),
    ('SECURITY_TOTP_SECRETS = {"new": "hush"}', "SECURITY_TOTP_SECRETS is not what it should be. Write secrets by num"),
    ('SECURITY_TOTP_SECRETS = {"1": 5}', "SECURITY_TOTP_SECRETS is not what it should be. Write secrets by number"),
)


@pytest.mark.parametrize(("line", "said"), SLIPS, ids=[line for line, _ in SLIPS])
def test_a_slip_in_the_settings_is_told_in_one_line(settings_alone: Path, line: str, said: str) -> None:
    settings_alone.write_text(line + "\n")
    result = run("check")
    assert (result.exit_code, result.output.count("\n")) == (1, 1), result.output
    assert said in result.output
    assert "hush" not in result.output


def test_a_settings_file_that_is_not_there_is_named(settings_alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", "nowhere/config.py")
    refused = run("audit", "verify")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: The settings file nowhere/config.py cannot be read")


UNUSABLE = [
    ("MODE = production", "cannot be read: NameError: name 'production' is not defined. Correct it."),
    ("MODE = ", "cannot be read: SyntaxError: invalid syntax"),
    *(
        (f"SQLALCHEMY_DATABASE_URI = {address!r}", "SQLALCHEMY_DATABASE_URI names no database that can be opened here.")
        for address in ("nosuch://x", "no address", "", "mysql://localhost/registry")
    ),
    (
        "SQLALCHEMY_DATABASE_URI = 'sqlite:////nonexistent/folder/registry.sqlite'",
        "Error: The folder /nonexistent/folder of the database does not exist. Create it, ",
    ),
]


@pytest.mark.parametrize(("line", "said"), UNUSABLE)
def test_settings_that_cannot_be_used_are_told_in_one_line(settings_alone: Path, line: str, said: str) -> None:
    settings_alone.write_text(line)
    refused = run("init")
    assert (refused.exit_code, refused.output.count("\n"), said in refused.output) == (1, 1, True), refused.output
    assert not (settings_alone.parent / "instance/secrets.json").exists()


def test_a_database_address_is_not_repeated_since_it_may_hold_a_password(settings_alone: Path) -> None:
    settings_alone.write_text("SQLALCHEMY_DATABASE_URI = 'nosuch://registry:secret@localhost/registry'")
    assert "secret@" not in run("audit", "verify").output


def test_names_of_ones_own_of_a_library_and_every_setting_of_the_example_are_taken(installation: Path) -> None:
    example = Path(__file__).parents[1] / "config.example.py"
    kept = [line for line in example.read_text().splitlines() if "/srv/" not in line]
    with (installation.parent / "config.py").open("a") as settings:
        of_libraries = ["SQLALCHEMY_ENGINE_OPTIONS = {}", "SECURITY_DATETIME_FACTORY = None"]
        settings.write("\n".join([*kept, "minutes = 0.5", "IDLE_MINUTES = minutes", *of_libraries]))
    assert run("check").exit_code == 0
