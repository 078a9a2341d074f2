"""What differs online. `invoke build --publish` uses it; so can Pelican: pelican -s publishconf.py --fatal errors"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]

from pelicanconf import *  # noqa: E402, F403
from pelicanconf import LEGAL  # noqa: E402

CONFIGURATION = __file__

# Mentions légales: who answers for the site. The demo's are not yours: the build says what is missing here.
LEGAL = {
    **LEGAL,
    "publisher": "",
    "publisher_address": "",
    "director": "",
    "host": "",
    "host_address": "",
    "host_phone": "",
    "email": "",
}
LEGAL_REQUIRED = True
