//! Figures side by side, each with its ratio to the first.

/// Columns and their rows.
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<String>,
}

impl Table {
    pub fn new(columns: Vec<&'static str>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// One row; a column may have no figure.
    pub fn row(&mut self, name: &str, figures: &[Option<f64>], digits: usize) {
        let first = figures.first().copied().flatten();
        let mut row = format!("{name:46}");
        for (column, _) in self.columns.iter().enumerate() {
            row += &match (figures.get(column).copied().flatten(), first) {
                (Some(figure), Some(first)) if column > 0 => {
                    format!(" {:>18}", format!("{figure:.digits$} (x {:.2})", figure / first))
                }
                (Some(figure), _) => format!(" {figure:>18.digits$}"),
                (None, _) => format!(" {:>18}", "-"),
            };
        }
        self.rows.push(row);
    }

    pub fn print(&self) {
        let names: String = self.columns.iter().map(|name| format!(" {name:>18}")).collect();
        println!("\n{:46}{names}", "");
        self.rows.iter().for_each(|row| println!("{row}"));
    }
}
