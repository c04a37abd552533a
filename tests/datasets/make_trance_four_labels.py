"""Make the packaged data set of four trance labels out of the reference study's own table.

    python tests/datasets/make_trance_four_labels.py trance-4-labels.csv

The table comes from the study's repository (github.com/JEnriqueBonilla/Trance-music-classification-with-CRNN). Blanks
at the ends of its values and the ``.mp3`` at the end of its titles go, and so do columns that follow from others (row
number, file name, minutes, minor or major). Rows, their order and their spelling stay.
"""

import csv
import sys
from pathlib import Path

COLUMNS = {
    "label": "Label",
    "artists": "Artists",
    "title": "Song_name",
    "bpm": "BPM",
    "key": "Key",
    "seconds": "Length",
    "genre": "Genre",
}
TARGET = Path(__file__).parents[2] / "src" / "earmark" / "datasets" / "trance_four_labels.csv"


def cleaned(row: dict[str, str]) -> dict[str, str]:
    """One row of the study's table as the data set has it."""
    clean = {ours: " ".join(row[theirs].split()) for ours, theirs in COLUMNS.items()}
    clean["title"] = clean["title"].removesuffix(".mp3").strip()
    clean["seconds"] = f"{float(clean['seconds']):g}"
    return clean


def main(source: Path) -> None:
    """Write the data set."""
    with source.open(newline="", encoding="utf-8") as lines:
        rows = [cleaned(row) for row in csv.DictReader(lines)]
    with TARGET.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} rows in {TARGET}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
