// SPDX-License-Identifier: MPL-2.0

package protocol

import (
	"errors"
	"fmt"
)

// Failure is an error of a provider, and the resource that it concerns.
type Failure struct {
	Address string
	Diagnostic
}

// Error returns the failure as Terraform prints it.
func (f *Failure) Error() string {
	return fmt.Sprintf("Error: %s\n  with %s, at %s during %s", f.Text, f.Address, f.Attribute, f.During)
}

// diagnosticsError joins the errors among diagnostics, nil if there is none.
func diagnosticsError(address string, all []Diagnostic) error {
	var out []error
	for _, d := range Errors(all) {
		out = append(out, &Failure{address, d})
	}
	return errors.Join(out...)
}
