"""Write this service's copy of the vocabulary: the tracks and skills a seminar may carry.

    python make_vocabulary.py VOCABULARY.json

The home of the vocabulary is the directory; the argument is its list of terms (kind, slug, fr, en).
"""

import json
import sys
from pathlib import Path

KINDS = {"axe": "tracks", "competence": "skills"}
TARGET = Path(__file__).parents[1] / "maillage_events" / "data" / "vocabulary.json"


def main(source: Path) -> None:
    """Keep the terms of the kinds above, in their order."""
    kept: dict[str, list[dict[str, str]]] = {name: [] for name in KINDS.values()}
    for term in json.loads(source.read_text(encoding="utf-8")):
        if term["kind"] in KINDS:
            kept[KINDS[term["kind"]]].append({key: term[key] for key in ("slug", "fr", "en")})
    TARGET.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
