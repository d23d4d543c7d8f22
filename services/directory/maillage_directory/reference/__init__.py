"""The region's reference data: vocabulary, communes, outlines, and the CPTS known on the day of the extract.

Where each file comes from and under which licence: docs/data.md. Another region puts its own files of the
same names in a folder and names it in MAILLAGE_REFERENCE_DIR.
"""

from maillage_directory.reference.communes import Commune, Communes
from maillage_directory.reference.cpts import cpts_payloads
from maillage_directory.reference.files import folder, use_folder
from maillage_directory.reference.outline import country, outline, polygons
from maillage_directory.reference.vocabulary import Term, Vocabulary, vocabulary

__all__ = [
    "Commune",
    "Communes",
    "Term",
    "Vocabulary",
    "communes",
    "country",
    "cpts_payloads",
    "folder",
    "outline",
    "polygons",
    "use_folder",
    "vocabulary",
]

communes = Communes.load
