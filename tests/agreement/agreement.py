# SPDX-License-Identifier: Apache-2.0
"""Compares random pairs of versions by `tidewaiter compare` and by the package manager itself, and fails on the first
disagreement.   usage: agreement.py TIDEWAITER ORDER   (AGREEMENT_PAIRS: how many, 5000; skipped where the tool is absent)"""
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
SHOWN_MAX = 10
TIMEOUT_S = 300
HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = ["0", "1", "1", "2", "3", "9", "10", "11", "99", "100", "18446744073709551616"]
WORDS = ["a", "b", "rc", "alpha", "beta", "pre", "x"]


def skip(reason):
    """Ends the test as skipped."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def program(name):
    """Path of a program; skips if it is absent."""
    return shutil.which(name) or skip(f"no {name}")


def works(command):
    """Whether the command succeeds."""
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False).returncode == 0


def python_with(module):
    """A Python that has the module: this one, or the system's."""
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and works([python, "-c", f"import {module}"]):
            return python
    return skip(f"no Python with the module {module}")


def dotted(rng, most):
    """One to `most` numbers."""
    return ".".join(rng.choice(NUMBERS) for _ in range(rng.randint(1, most)))


def pieces(rng, choices, most):
    """Up to `most` of the choices."""
    return "".join(rng.choice(choices) for _ in range(rng.randint(0, most)))


def maybe(rng, text):
    """The text, or nothing."""
    return text if rng.random() < 0.4 else ""


def dpkg(rng):
    numbers = [number for number in NUMBERS if len(number) < 10]  # Dpkg::Version compares in binary fractions
    tail = pieces(rng, numbers + WORDS + list("..~~++"), 5)
    return maybe(rng, rng.choice("012") + ":") + rng.choice("0123") + tail + maybe(rng, "-" + rng.choice("0123") +
                                                                                 pieces(rng, list("~+.1ab"), 3))


def rpm(rng):
    part = NUMBERS + WORDS + list("...__~^")
    return (maybe(rng, rng.choice("012") + ":") + rng.choice("0123") + pieces(rng, part, 5) +
            maybe(rng, "-" + rng.choice("123") + pieces(rng, part, 3)))


def semver(rng):
    identifiers = [number for number in NUMBERS if len(number) < 10] + WORDS + ["a-b", "1a", "-"]
    numbers = [number for number in NUMBERS if len(number) < 10]
    prerelease = "-" + ".".join(rng.choice(identifiers) for _ in range(rng.randint(1, 3)))
    core = ".".join(rng.choice(numbers[:7]) for _ in range(3))
    return core + maybe(rng, prerelease) + maybe(rng, "+" + rng.choice(WORDS))


def npm(rng):
    return maybe(rng, "v") + semver(rng)


def go(rng):
    if rng.random() < 0.1:
        return "v" + ".".join(rng.choice(["0", "1", "2"]) for _ in range(rng.randint(1, 2)))
    return "v" + semver(rng)


def pep440(rng):
    separator = rng.choice(["", ".", "-", "_"])
    phase = separator + rng.choice(["a", "b", "rc", "c", "alpha", "BETA", "pre", "Preview"]) + pieces(rng, list("012"), 1)
    post = rng.choice([".post", "-", "post", ".rev", "r"]) + rng.choice("012")
    local = "+" + rng.choice(["1", "a", "1.a", "A.1", "1-2", "01", "ubuntu.1"])
    return (maybe(rng, maybe(rng, "v") + rng.choice("01") + "!") + dotted(rng, 4) + maybe(rng, phase) +
            maybe(rng, post) + maybe(rng, ".dev" + rng.choice(["", "1", "2"])) + maybe(rng, local))


def rubygems(rng):
    segments = "".join("." + rng.choice(NUMBERS + WORDS + ["a1", "1a", "B", "00"]) for _ in range(rng.randint(0, 4)))
    return rng.choice(NUMBERS) + segments + maybe(rng, "-" + rng.choice(["1", "a", "x86-linux", "0.b"]))


def maven(rng):
    words = WORDS + ["m", "milestone", "cr", "snapshot", "ga", "final", "release", "sp", "foo", "SP", "RC"]
    return rng.choice(["", "1", "1.0"]) + pieces(rng, NUMBERS + words + list("......------_"), 7) or "1"


def neighbour(rng, text):
    """The text with one of its digits from 1 to 9 changed to another; the same if it has none."""
    places = [place for place, byte in enumerate(text) if byte in "123456789"]
    if not places:
        return text
    place = rng.choice(places)
    return text[:place] + rng.choice("123456789") + text[place + 1:]


def make_pairs(make, rng, count):
    """Every other pair differs in one digit at most."""
    for index in range(count):
        a = make(rng)
        yield a, neighbour(rng, a) if index % 2 else make(rng)


def dpkg_command(_):
    perl = program("perl")
    if not works([perl, "-MDpkg::Version", "-e", "1"]):
        skip("no Dpkg::Version (libdpkg-perl)")
    return [perl, "-MDpkg::Version", "-nle", r"my ($a, $b) = split /\t/; print version_compare($a, $b)"]


def rpm_command(_):
    return [python_with("rpm"), os.path.join(HERE, "rpm_pairs.py")]


def npm_command(_):
    node, found = program("node"), ""
    npm_program = shutil.which("npm")
    if npm_program:
        root = subprocess.run([npm_program, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
        found = os.path.join(root, "npm", "node_modules", "semver")
    for folder in (found, "/usr/share/nodejs/semver", "/usr/share/nodejs/npm/node_modules/semver"):
        if folder and os.path.exists(os.path.join(folder, "package.json")):
            return [node, os.path.join(HERE, "npm_pairs.js"), folder]
    return skip("no node module semver")


def pep440_command(_):
    return [python_with("packaging.version"), os.path.join(HERE, "pep440_pairs.py")]


def rubygems_command(_):
    return [program("ruby"), "-rrubygems", "-nle",
            "a, b = $_.split(\"\\t\"); puts Gem::Version.new(a) <=> Gem::Version.new(b)"]


def maven_command(_):
    """The order is that of Maven 4: 3.8, which Debian has, compares words with numbers differently."""
    if not works([program("java"), "--list-modules"]):
        skip("no java")
    repository = os.path.expanduser("~/.m2/repository/org/apache/maven/maven-artifact/4*/maven-artifact-4*.jar")
    jars = [os.environ["MAVEN_ARTIFACT_JAR"]] if "MAVEN_ARTIFACT_JAR" in os.environ else sorted(glob.glob(repository))
    if not jars:
        skip("no maven-artifact of Maven 4 (MAVEN_ARTIFACT_JAR names it)")
    return ["java", "-cp", jars[-1], os.path.join(HERE, "MavenPairs.java")]


def go_command(folder):
    go_program = program("go")
    shutil.copy(os.path.join(HERE, "go_pairs.go.txt"), os.path.join(folder, "main.go"))
    with open(os.path.join(folder, "go.mod"), "w", encoding="utf-8") as module:
        module.write("module pairs\n\ngo 1.19\n")
    result = subprocess.run([go_program, "get", "golang.org/x/mod/semver"], cwd=folder, capture_output=True, check=False,
                            timeout=TIMEOUT_S)
    if result.returncode != 0:
        skip("no golang.org/x/mod: " + result.stderr.decode().strip().splitlines()[-1])
    subprocess.run([go_program, "build", "-o", "pairs", "."], cwd=folder, check=True, timeout=TIMEOUT_S)
    return [os.path.join(folder, "pairs")]


ORDERS = {
    "dpkg": (dpkg, dpkg_command),
    "go": (go, go_command),
    "maven": (maven, maven_command),
    "npm": (npm, npm_command),
    "pep440": (pep440, pep440_command),
    "rpm": (rpm, rpm_command),
    "rubygems": (rubygems, rubygems_command),
}


def answers_of(command, lines):
    """One answer a line."""
    run = subprocess.run(command, input=lines.encode(), capture_output=True, timeout=TIMEOUT_S, check=False)
    if run.returncode != 0:
        sys.exit(f"{command[0]} failed: {run.stderr.decode()[-1000:]}")
    return run.stdout.decode().split()


def main():
    tidewaiter, order = sys.argv[1:]
    make, find_command = ORDERS[order]
    count = int(os.environ.get("AGREEMENT_PAIRS", "5000"))
    rng = random.Random(f"{order} 20261122")
    pairs = list(make_pairs(make, rng, count))
    lines = "".join(f"{a}\t{b}\n" for a, b in pairs)
    with tempfile.TemporaryDirectory() as folder:
        theirs = answers_of(find_command(folder), lines)
    ours = answers_of([tidewaiter, "compare", order], lines)
    assert len(ours) == len(theirs) == count, f"{count} pairs, {len(ours)} and {len(theirs)} answers"
    wrong = [(pair, a, b) for pair, a, b in zip(pairs, ours, theirs) if a != b]
    for pair, a, b in wrong[:SHOWN_MAX]:
        print(f"{pair[0]!r} {pair[1]!r}: {a}, but the tool says {b}")
    print(f"{count} pairs, {len(wrong)} disagreements, equal {theirs.count('0')}")
    sys.exit(1 if wrong else 0)


main()
