"""Fails unless the home holds a published night whose checks ran."""

import json
import sys
from pathlib import Path

published = Path(sys.argv[1]) / "published"
current = published / "current"
if not current.is_file():
    sys.exit(f"nothing is published: {current} is missing")
manifest = json.loads((published / current.read_text().strip() / "manifest.json").read_text())
checks = manifest["checks"]
ran = {layer: len(results) for layer, results in checks.items()}
missing = [layer for layer in ("definition_rules", "dbt_tests", "expectations") if not ran.get(layer)]
if missing:
    sys.exit(f"{manifest['run_id']} was published, but these checks did not run: {', '.join(missing)}")
marts = manifest["marts"]
if not marts.get("metric_value", {}).get("rows"):
    sys.exit(f"the night {manifest['run_id']} published no metric values")
print(f"{manifest['run_id']}: {len(marts)} marts, checks run: {ran}")
