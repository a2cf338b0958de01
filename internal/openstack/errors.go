// Package openstack holds OpenStack's nouns as plain structs: what the Terraform side and the vCenter side talk about.
// It imports the standard library only.
package openstack

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotFound says that an object does not exist (any more). It is the only way a lookup says so: test it with errors.Is.
var ErrNotFound = errors.New("not found")

// ErrNoRecords says that what holds the records is not there, so that nothing can be said of any one of them. It is no ErrNotFound: whoever
// knows a record must not take it for gone.
var ErrNoRecords = errors.New("the catalogue VM is missing")

// FieldError is an error about one attribute of what the user wrote.
type FieldError struct {
	Field string // the attribute's name, for example "extra_specs", or an element of it: "network[1]"
	Key   string // the key in it where the attribute is a map, else empty
	Err   error

	Setting bool // it is an argument of the provider, not of the resource at hand
}

// Error names the attribute and what is wrong with it.
func (e *FieldError) Error() string {
	if e.Key != "" {
		return fmt.Sprintf("%s[%q]: %s", e.Field, e.Key, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Field, e.Err)
}

// Unwrap gives the error itself.
func (e *FieldError) Unwrap() error { return e.Err }

// AttributeErrorf is a FieldError for the attribute field, from a format.
func AttributeErrorf(field, format string, args ...any) error {
	return &FieldError{Field: field, Err: fmt.Errorf(format, args...)}
}

// ProviderErrorf is a FieldError about an argument of the provider, found when a resource needed it.
func ProviderErrorf(argument, format string, args ...any) error {
	return &FieldError{Field: argument, Err: fmt.Errorf(format, args...), Setting: true}
}

// NotFound is an ErrNotFound that says in its own words what is missing.
func NotFound(format string, args ...any) error {
	return &notFound{fmt.Sprintf(format, args...)}
}

// ErrContradiction says of what is not found that it is there by some of what is said of it, and by the rest is not: nobody can make it.
var ErrContradiction = errors.New("a contradiction")

// Contradiction is an ErrNotFound and an ErrContradiction, in its own words.
func Contradiction(format string, args ...any) error {
	return &contradiction{notFound{fmt.Sprintf(format, args...)}}
}

type contradiction struct{ notFound }

// Is says that it is either.
func (e *contradiction) Is(target error) bool { return target == ErrContradiction }

type notFound struct{ text string }

// Error is what NotFound was told.
func (e *notFound) Error() string { return e.text }

// Unwrap gives ErrNotFound.
func (e *notFound) Unwrap() error { return ErrNotFound }

// PartialEnforcementError says that a change is made, and that some ports do not follow it yet.
type PartialEnforcementError struct {
	Ports []string // ids; none where it could not be seen which
	Err   error    // why
}

// IsPartialEnforcement says that an error is one about others only.
func IsPartialEnforcement(err error) bool {
	var lag *PartialEnforcementError
	return errors.As(err, &lag)
}

// Error names the ports and why.
func (l *PartialEnforcementError) Error() string {
	if len(l.Ports) == 0 {
		return fmt.Sprintf("the change is recorded, but whether the ports that are plugged in follow it could not be seen: %s. The next plan "+
			"of whoever holds them shows where they do not", l.Err)
	}
	return fmt.Sprintf("the change is recorded, but these ports still let pass what they did before: %s: %s. The next plan of whoever "+
		"holds them shows the difference, and the apply sets it", strings.Join(l.Ports, ", "), l.Err)
}

// Unwrap gives the reason.
func (l *PartialEnforcementError) Unwrap() error { return l.Err }
