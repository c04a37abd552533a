"""Invented names: labels' artists, their side projects, and the words that titles are made of.

None of them is meant to be anyone; surnames and projects are coined. No name holds a word that credit strings
use to join names ("&", "feat.", "pres.", "vs."), so that the truth about a credit is never in doubt.
"""

ARTISTS: tuple[str, ...] = (
    "Marek Tolvaine", "Iska Brenndal", "Orrin Tesk", "Lia Mondrake", "Veltrane", "Kaelo Winth", "Juno Harkvale",
    "Sorrel Ashquist", "Nightferry Union", "Dario Celvenza", "Ysolt Merrane", "Tamsin Ovre", "Bexley Corrow",
    "Pylon Meadow", "Anders Fjellmark", "Rune Okkervald", "Halcyon Drift Club", "Mira Sandoveil", "Quentin Larke-Voss",
    "Emberlinde Nine", "Toma Vizraki", "Sable Antenne", "Coris Lindhame", "Wren Halvard", "Ostrich Cathedral",
    "Elo-Marn", "Ilya Drovenko", "Petra Kallowind", "Glass Orchard", "Nils Averdeen", "Saffi Quarrendon",
    "Tobias Grenvik", "Lumen Parade", "Arlo Menskirk", "Vesna Orlicht", "Field of Antlers", "Hanno Brightwater",
    "Cass Ellering", "Zephyrova", "Ruben Almastra", "Polar Tramway", "Inga Sorvald", "Matteo Brisanti-Kuhl",
    "Kittimarle", "Fenn Adlar", "Delia Norwick", "Copper Isthmus", "Jonas Ebrecht", "Amaya Teshiro", "Velvet Quarry",
    "Lorcan Dunmeath", "Siv Hallangen", "Trelliskar", "Omar Bensadi-Roux", "Gwen Tarrish", "Ninefold Harbour",
    "Pavel Istrin", "Corva Lindt-Hale", "Aster Moline", "Bruno Castelhane", "Maple Voltage", "Reza Karvandi",
    "Thea Wolmarsk", "Signal Lantern",
)  # fmt: skip
"""Performers, at least as many as the largest roster needs and one more for the held-back track."""

PROJECTS: tuple[str, ...] = (
    "Salt Cartography", "Evenfall Transit", "Nine Acre Moon", "Kelp Forest Radio", "The Lamplit Ward", "Ochre Tide",
    "Blue Funicular", "Seventh Aurorae", "Low Tide Choir", "Antimeridian Post", "Winter Ferries", "Opal Switchyard",
)  # fmt: skip
"""Side projects, credited as "Artist pres. Project"; each belongs to one artist."""

TITLE_FIRST: tuple[str, ...] = (
    "Silver", "Distant", "Hollow", "Northern", "Amber", "Restless", "Second", "Weightless", "Crystal", "Fading",
    "Paper", "Hidden", "Violet", "Endless", "Burning", "Sleepless", "Half-Lit", "Gentle", "Midnight", "Broken",
    "Golden", "Slow", "Open", "Rising", "Parallel", "Quiet", "Electric", "Last", "Open-Air", "Winter",
)  # fmt: skip
"""First words of titles; some hold a hyphen, as real ones do."""

TITLE_SECOND: tuple[str, ...] = (
    "Harbour", "Meridian", "Letters", "Orbit", "Machines", "Coastline", "Signals", "Garden", "Horizon", "Cathedral",
    "Afterglow", "Rivers", "Memory", "Skyline", "Equinox", "Lanterns", "Voyage", "Static", "Aurora", "Passage",
    "Tides", "Re-Entry", "Mirrors", "Snowfall", "Promise", "Engine", "Solace", "Atlas", "Monsoon", "Prism",
)  # fmt: skip
"""Second words of titles."""
