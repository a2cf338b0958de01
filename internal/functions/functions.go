// SPDX-License-Identifier: MPL-2.0

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

// atArgument returns an error as one about a function's argument, of which each has one; nil for nil.
func atArgument(err error) *function.FuncError {
	if err == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	for i, line := range lines {
		if len(lines) > 1 {
			lines[i] = "* " + line
		}
	}
	return function.NewArgumentFuncError(0, strings.Join(lines, "\n"))
}
