// Package functions holds the provider's functions. They compute on their arguments alone: no provider is configured, no vCenter is asked,
// and the same arguments always give the same result.
package functions

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// All lists the functions.
func All() []func() function.Function {
	return []func() function.Function{newFlavorID, newMAC, newCloudConfig}
}

// atArgument returns an error as one about an argument, by its place; nil for nil.
func atArgument(place int64, err error) *function.FuncError {
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	for i, line := range lines {
		if len(lines) > 1 {
			lines[i] = "* " + line
		}
	}
	return function.NewArgumentFuncError(place, strings.Join(lines, "\n"))
}
