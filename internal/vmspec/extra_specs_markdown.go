// SPDX-License-Identifier: MPL-2.0

package vmspec

import "strings"

// ExtraSpecTable is the flavor's side of the table in Markdown, for the documentation.
func ExtraSpecTable() string {
	return markdown("Extra spec", func(r Row) string { return r.ExtraSpec })
}

// PropertyTable is the image's side of the table in Markdown, for the documentation.
func PropertyTable() string {
	return markdown("Property", func(r Row) string { return r.Property })
}

func markdown(title string, key func(Row) string) string {
	var out strings.Builder
	out.WriteString("| " + title + " | Values | Effect | Precedence |\n|---|---|---|---|\n")
	for _, row := range Table {
		if key(row) != "" {
			out.WriteString("| `" + key(row) + "` | " + row.Values + " | " + row.Effect + " | " + row.Precedence + " |\n")
		}
	}
	return out.String()
}
