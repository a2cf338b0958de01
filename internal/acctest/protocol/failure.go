package protocol

import (
	"errors"
	"fmt"
)

// Failure is what a provider has refused or not managed, and about which resource.
type Failure struct {
	Address string
	Diagnostic
}

// Error is the failure as Terraform prints it.
func (f *Failure) Error() string {
	return fmt.Sprintf("Error: %s\n  with %s, at %s during %s", f.Text, f.Address, f.Attribute, f.During)
}

// diagnosticsError is an error where there are errors among some diagnostics.
func diagnosticsError(address string, all []Diagnostic) error {
	var out []error
	for _, d := range Errors(all) {
		out = append(out, &Failure{address, d})
	}
	return errors.Join(out...)
}
