#!/usr/bin/env python3
"""exported_names_test.py LIBRARY HEADERS: the names that the shared library exports are those that the public headers
declare with DY_API, no more and no fewer."""
import pathlib
import re
import subprocess
import sys


def declared(folder):
    names = set()
    for header in folder.glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        text = re.sub(r"^\s*#.*?(?<!\\)$", "", text, flags=re.S | re.M)
        for declaration in re.findall(r"DY_API\b(.*?);", text, flags=re.S):
            declaration = re.sub(r"__attribute__\(\(.*?\)\)", "", declaration)
            # A function's name stands before its parenthesis, a variable's at the end.
            names.add(re.search(r"(\w+)\s*(?:\(|$)", declaration).group(1))
    return names


def exported(library):
    listing = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    names = {line.split()[2] for line in listing.splitlines() if line.split()[1] in "TDBRVW"}
    # Sanitizers and gcov bring names of their own.
    return {name.split("@")[0] for name in names if not re.match(r"_|mangle_path|gcov", name)}


def main():
    library, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    wanted, found = declared(folder), exported(library)
    for name in sorted(wanted - found):
        print(f"declared with DY_API and not exported: {name}")
    for name in sorted(found - wanted):
        print(f"exported and not declared with DY_API: {name}")
    print(f"{len(wanted & found)} names exported as declared")
    return 0 if wanted == found and wanted else 1


if __name__ == "__main__":
    sys.exit(main())
