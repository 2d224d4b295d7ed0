"""Renders the Helm chart with Helm's own engine, and compares every object with the schemas of Kubernetes.

Needs .ci/requirements.txt, and no cluster.
"""

import sys

import helm_python
import kubernetes_validate
import yaml

CHART = "deploy/helm/ltd-index"
KUBERNETES = "1.31"
VALUES = {
    "least": {"secret": "ltd-index"},
    "worker alone": {"secret": "ltd-index", "serve": {"enabled": False}, "init": {"enabled": False}},
    "all": {
        "secret": "ltd-index",
        "init": {"secret": "owner"},
        "image": {"repository": "registry.example/ltd-index", "tag": "1.2.3"},
        "imagePullSecrets": [{"name": "pull"}],
        "worker": {"replicas": 2},
        "serve": {"indexes": ["faq", "常见问题"], "service": {"annotations": {"a": "b"}}},
    },
}

with helm_python.Chart.load(CHART) as chart:
    for title, values in VALUES.items():
        found = helm_python.lint(CHART, values=values)
        problems = [each for each in found["messages"] if each["severity"] > 1]
        if problems or found["errors"]:
            sys.exit(f"{title}: {problems} {found['errors']}")
        texts = chart.render(values, name="demo", namespace="prod").values()
        objects = [each for text in texts for each in yaml.safe_load_all(text) if each]
        for each in objects:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)
            pod = each.get("spec", {}).get("template", {}).get("spec")
            if pod is None:
                continue
            assert pod["securityContext"]["runAsNonRoot"] is True, each["metadata"]["name"]
            for container in pod["containers"]:
                assert container["securityContext"]["readOnlyRootFilesystem"] is True, each["metadata"]["name"]
        kinds = sorted(each["kind"] for each in objects)
        print(f"{title}: {', '.join(kinds)}")
        assert kinds == (["Deployment"] if title == "worker alone" else ["Deployment", "Deployment", "Job", "Service"])
    try:
        chart.validate_schema({})
    except helm_python.HelmError as error:
        print(f"without a secret: {str(error).splitlines()[-1].strip()}")
    else:
        sys.exit("a chart without a secret is taken")
