//! Kinds of processors that compute the same bytes.

/// The instruction set that kernels choose, and the model: blocks of matrix products follow its caches.
pub(crate) fn kind() -> String {
    format!("{}-{}{}", std::env::consts::ARCH, instructions(), model())
}

#[cfg(target_arch = "x86_64")]
fn instructions() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        "avx2"
    } else {
        "sse2"
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn instructions() -> &'static str {
    "base"
}

/// Vendor, family and model, where the system tells.
fn model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let value = |key: &str| {
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(name, _)| name.trim() == key);
        values
            .next()
            .map(|(_, value)| format!("-{}", value.trim().to_lowercase()))
    };
    let keys = ["vendor_id", "cpu family", "model"];
    keys.into_iter().filter_map(value).collect()
}
