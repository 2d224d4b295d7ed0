"""Writes the FAQs of the development sets as one JSON object: {set: {"queries", "right", "corpus"}}. See evalsets.py.

    python distill/faqs.py --eval EVAL
"""

import argparse
import json
from dataclasses import asdict

import evalsets


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--eval", required=True, help="folder of the development sets")
    args = parser.parse_args()
    print(json.dumps({name: asdict(faq) for name, faq in evalsets.faqs(args.eval).items()}))


if __name__ == "__main__":
    main()
