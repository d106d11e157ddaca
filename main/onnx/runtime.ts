/**
 * ONNX Runtime, which for Linux comes with telemetry: with its first session it would write a number for this machine into
 * the user's cache and send what it runs to its maker. Nothing leaves this machine unasked, so it is told not to before
 * there is a session; everything here has it from this file.
 */
process.env["ORT_DISABLE_TELEMETRY"] = "1";

// CUDA's products would round their factors to 10 bits, TF32: on an H200 edges of a trace then differ by up to 1%, for 5 to 15% of its time.
process.env["NVIDIA_TF32_OVERRIDE"] ??= "0";

export { InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
