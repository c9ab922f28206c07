"""Save the whole portal into one checked archive, bring it back into an empty place, and practise that.

- `save(folder, keep)`: database, files and settings while people work (`manage.py backup`);
- `bring_back(archive)`: into an empty database and an empty store (`manage.py restore`);
- `drill(archive)`: bring it back aside, compare, report (`manage.py drill`, `make drill`).

Each raises `BackupError` with a Vietnamese sentence that says what to do.
"""

from khuyencong.backups.archive import BackupError
from khuyencong.backups.runs import bring_back, drill, save

__all__ = ["BackupError", "bring_back", "drill", "save"]
