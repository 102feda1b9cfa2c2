"""Texts that a new project starts from: both documents with the reference's keys, and what git must know."""

from __future__ import annotations

DEPLOYMENT = """\
# yaml-language-server: $schema=.slipway/schema/deployment.schema.json
# The deployment specification (work product 04-09).
deployment:
  id: MLE-DEPLOY-001
  model: MLE-MODEL-001      # id of the trained model, with its version
  version: 1.0

  target_hardware:
    platform: "this machine"

  model_format:
    intermediate: "models/model.onnx"   # everything is made from this file
    precision: FP32                     # FP32, FP16 or INT8; INT8 needs calibration frames

  runtime_configuration:
    framework: OpenVINO
    streams: 1              # frames in flight at once

  resource_allocation:
    cpu_threads: 2

  monitoring:
    latency_threshold: 50ms
    error_rate_threshold: 0.001
    logging: enabled

  fallback:
    on_timeout: "Use previous detection"
    on_error: "Request driver attention"
    on_anomaly: "Log and continue"

# Slipway's own keys: what the keys above leave open.
slipway:
  thresholds:
    confidence: 0.25        # least score of a detection
    nms_iou: 0.45           # of two boxes that overlap by more, the weaker goes
"""

DEPLOYMENT_TESTS = """\
# yaml-language-server: $schema=.slipway/schema/deployment_tests.schema.json
# The deployment test specification. Limits that stand in the list `unconfirmed` at its end were proposed by Slipway:
# decide on each, then take it off the list.
deployment_tests:
  id: MLE-DEPLOY-001
  model: MLE-MODEL-001
  target: "this machine"

  functional_equivalence:
    description: "Verify deployed model matches training model"
    test_samples: 1000
    tolerance:
      output_difference: 0.01   # Max L2 difference
      detection_iou: 0.95       # Min IoU overlap

  performance_tests:
    latency:
      requirement: 50ms
      measurement: p99
      warm_up_iterations: 100
      test_iterations: 1000

    throughput:
      requirement: 20 fps
      duration: 60 seconds

    memory:
      peak_requirement: 256 MB
      steady_state_requirement: 224 MB

  stress_tests:
    continuous_operation:
      duration: 24 hours
      expected: "No memory leaks, no crashes"

    thermal_throttling:
      max_temperature: 80   # Celsius, measured at GPU die
      expected: "Graceful degradation, no failure"

  integration_tests:
    input_validation:
      invalid_size: "Reject with error code"
      null_pointer: "Reject with error code"

    output_validation:
      detection_format: "Valid bounding boxes"
      confidence_range: "[0, 1]"

# Slipway's own keys: what the keys above leave open.
slipway:
  test_set:
    seed: 0                 # which frames are taken
  latency:
    starts: 10              # cold starts, each with its own warm-up and iterations
"""

GITIGNORE = (
    ("/.slipway/*", "blobs and cache: made again, or fetched from where they were made"),
    ("!/.slipway/schema/", "what editors complete the documents with"),
    ("/runs/*/*.sqlite*", "samples of a run that goes on: frozen to Parquet when it ends"),
)

GITATTRIBUTES = (
    ("*.json -text", "records are hashed: git must not change their line ends"),
    ("*.sig -text", "so are signatures"),
    ("*.onnx binary", "models"),
    ("*.parquet binary", "samples of runs"),
)
