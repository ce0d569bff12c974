"""Settings of a registry. Copy this file, change what differs, and name the copy in ANAKINRA_REGISTRY_CONFIG.

Everything here has a working default except the secrets, which `anakinra-registry init` writes to
`instance/secrets.json` (readable by its owner only). The folder `instance` can lie elsewhere: name it in
ANAKINRA_REGISTRY_INSTANCE.
"""

from datetime import timedelta

# "production": a second factor for everybody, cookies over TLS only; does not start beside demonstration accounts.
# "demo": synthetic patients only; demonstration accounts sign in with a password alone, and a banner says so.
MODE = "production"

# Where the records are. SQLite, one file on the same machine, does for one site or a few; several sites at once want
# PostgreSQL: "postgresql+psycopg://registry:PASSWORD@localhost/registry"; in the password write %40 for
# @, %3A for :, %2F for / and %25 for %. Default: a file in the instance folder.
SQLALCHEMY_DATABASE_URI = "sqlite:////srv/anakinra-registry/registry.sqlite"

# Folder of data cuts, exports and analysis results. Back it up together with the database. Default: storage, which as
# any relative path counts from the instance folder.
STORAGE_DIR = "/srv/anakinra-registry/storage"

# File to which the end of the change log is written at each start, cut, export and day, so that a cut-off log shows.
# Keep it where whoever runs the database cannot write. Default: instance/anchors.log.
ANCHORS_FILE = "/srv/anakinra-registry/anchors.log"

# Number of proxies in front of the registry that set X-Forwarded-For and -Proto. Exactly that many are believed:
# too many lets a visitor invent an address, too few makes all visitors look like the proxy to the lock-out. Each passes
# the header Host on as it came (Apache: ProxyPreserveHost On, nginx: proxy_set_header Host $http_host).
PROXY_HOPS = 1

# The host names by which people reach the registry, without https:// and port. A request for any other gets an error
# page: who forged one could have an administrator hand over an invitation that leads elsewhere. Default: ["127.0.0.1",
# "localhost"], this machine alone; keep "127.0.0.1" where your monitoring asks for /healthz past the proxy.
TRUSTED_HOSTS = ["registry.hospital.example", "127.0.0.1"]

# A session ends after this many minutes without a request, and in any case after PERMANENT_SESSION_LIFETIME.
IDLE_MINUTES = 30
PERMANENT_SESSION_LIFETIME = timedelta(hours=12)

# The first sign-in of a day starts `anakinra-registry check`, which asks for answers that are still missing 14 days
# after they were due. Set it to False where a timer of the machine runs that command every night instead.
CHECK_DAILY = True

# The largest request in bytes, and the largest form without files.
MAX_CONTENT_LENGTH = 8 * 1024 * 1024
MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024

# The secrets. Leave them to `anakinra-registry init` unless a vault hands them out; none has a default. In production
# each has 32 characters or more and differs from the others, or the registry does not start.
# SECRET_KEY signs sessions, forms and invitations: changing it signs everybody out.
# SECURITY_PASSWORD_SALT is mixed into every password: changing it makes every password wrong.
# SECURITY_TOTP_SECRETS encrypts second factors and recovery codes: add {"2": ...} for a new key, keep the old.
# AUDIT_KEY (hexadecimal) seals the change log: losing it makes the log unprovable. Keep a copy away from the database.
# PSEUDONYM_KEY makes the pseudonyms of exports: with it they could be traced back, so it never leaves this machine.
