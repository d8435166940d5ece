use crate::Result;
use crate::output::Table;
pub(super) fn measure(_slowest: &[(&str, f64)]) -> Result<Table> {
    Ok(Table::new("x", &["a"]))
}
