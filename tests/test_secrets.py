"""Secrets and files of an installation: strong ones only in production, and readable by nobody else."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from application import SECRETS
from entries import NOW, enrol_child, enrolment
from registry import create_app
from registry.cli import main
from registry.database import db
from registry.release.profiles import LEAST
from registry.settings import SettingsError
from study import Study

OTHER = "another-secret-of-the-tests-" * 2


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY: each secret needs 32 characters"),
        ({"PSEUDONYM_KEY": SECRETS["AUDIT_KEY"]}, "AUDIT_KEY, PSEUDONYM_KEY: each secret"),
        ({"SECURITY_TOTP_SECRETS": {"1": "short"}}, r"SECURITY_TOTP_SECRETS\[1\]: each secret"),
        ({"SECURITY_TOTP_SECRETS": {}}, "SECURITY_TOTP_SECRETS: each secret"),
        (
            {"SECURITY_TOTP_SECRETS": {"1": OTHER, "2": OTHER}},
            r"SECURITY_TOTP_SECRETS\[1\], SECURITY_TOTP_SECRETS\[2\]",
        ),
    ],
)
def test_production_refuses_secrets_that_are_short_or_used_twice(app, changed, named):
    with pytest.raises(SettingsError, match=named) as refused:
        create_app({**app.config, "MODE": "production", **changed})
    values = [
        text for secret in changed.values() for text in ([secret] if isinstance(secret, str) else secret.values())
    ]
    assert not any(value in str(refused.value).partition(":")[2] for value in values)


def test_production_starts_with_strong_secrets(app, make_app):
    assert make_app({**app.config, "MODE": "production"}).config["MODE"] == "production"


def test_everything_the_command_writes_is_for_its_own_account_only(
    own_study: Study, own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(LEAST - 1):  # with the study's own child enough to look alike
        enrol_child(db.session, own_study.site, enrolment(), by=own_study.coordinator, at=NOW)
    db.session.commit()
    settings = tmp_path / "config.py"
    given = {**SECRETS, "SQLALCHEMY_DATABASE_URI": own_database_url}  # the log has begun: sealed with these
    settings.write_text("".join(f"{name} = {value!r}\n" for name, value in given.items()))
    instance, cut, export = (tmp_path / name for name in ("instance", "cut", "export"))
    instance.mkdir()
    instance.chmod(0o755)  # an administrator's own folder, whatever umask a command before left behind
    monkeypatch.setenv("ANAKINRA_REGISTRY_INSTANCE", str(instance))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", str(settings))
    before = os.umask(0o022)
    try:
        for arguments in (["init"], ["cut", str(cut)], ["export", "--profile", "deidentified", str(export)]):
            os.umask(0o022)
            assert CliRunner().invoke(main, arguments).exit_code == 0
    finally:
        os.umask(before)
    written = [path for folder in (instance, cut, export) for path in (folder, *folder.rglob("*"))]
    open_to_others = [path for path in written if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == [instance]
    assert {"secrets.json", "anchors.log", "subjects.csv", "dictionary.csv"} <= {path.name for path in written}
