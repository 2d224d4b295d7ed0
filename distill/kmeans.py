"""k-means of scikit-learn, for bench/cluster/run.ts to stand beside: vectors in, labels and the time of the fit out, as one JSON line."""

import argparse
import json
import time

import numpy as np
from sklearn.cluster import KMeans

parser = argparse.ArgumentParser()
parser.add_argument("vectors", help="float32 .npy file, N x D")
parser.add_argument("k", type=int)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--starts", type=int, default=1)
args = parser.parse_args()

vectors = np.load(args.vectors)
model = KMeans(args.k, n_init=args.starts, random_state=args.seed)
begun, worked = time.perf_counter(), time.process_time()
model.fit(vectors)
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - begun,
            "cpuSeconds": time.process_time() - worked,
            "iterations": model.n_iter_,
            "labels": model.labels_.tolist(),
        }
    )
)
