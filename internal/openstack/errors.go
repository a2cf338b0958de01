// SPDX-License-Identifier: MPL-2.0

// Package openstack holds OpenStack's nouns as plain structs, shared by the Terraform side and the vCenter side. It imports the standard
// library only.
package openstack

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotFound means that an object does not exist (any more). Every lookup reports it with this error; test with errors.Is.
var ErrNotFound = errors.New("not found")

// ErrNoRecords means that the VM that holds the records is missing, so that nothing is known about any single record. It does not wrap
// ErrNotFound, because a caller must not conclude that its record is gone.
var ErrNoRecords = errors.New("the catalogue VM is missing")

// FieldError is an error about one attribute of the user's configuration.
type FieldError struct {
	Field string // the attribute's name, for example "extra_specs", or an element of it: "network[1]"
	Key   string // the key within the attribute if that is a map, else empty
	Err   error

	Setting bool // the attribute is an argument of the provider, not of the resource
}

// Error names the attribute and describes what is wrong with it.
func (e *FieldError) Error() string {
	if e.Key != "" {
		return fmt.Sprintf("%s[%q]: %s", e.Field, e.Key, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Field, e.Err)
}

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// AttributeErrorf returns a FieldError for an attribute, with a formatted message.
func AttributeErrorf(field, format string, args ...any) error {
	return &FieldError{Field: field, Err: fmt.Errorf(format, args...)}
}

// ProviderErrorf returns a FieldError for an argument of the provider whose fault showed only when a resource used it.
func ProviderErrorf(argument, format string, args ...any) error {
	return &FieldError{Field: argument, Err: fmt.Errorf(format, args...), Setting: true}
}

// NotFound returns an error with a message of its own that wraps ErrNotFound.
func NotFound(format string, args ...any) error {
	return &notFound{fmt.Sprintf(format, args...)}
}

// ErrContradiction means that an object matches some of the given criteria and contradicts others, so that creating it cannot help.
var ErrContradiction = errors.New("a contradiction")

// Contradiction returns an error with a message of its own that is both ErrNotFound and ErrContradiction.
func Contradiction(format string, args ...any) error {
	return &contradiction{notFound{fmt.Sprintf(format, args...)}}
}

type contradiction struct{ notFound }

// Is matches ErrContradiction; ErrNotFound is matched by unwrapping.
func (e *contradiction) Is(target error) bool { return target == ErrContradiction }

type notFound struct{ text string }

// Error returns the message.
func (e *notFound) Error() string { return e.text }

// Unwrap returns ErrNotFound.
func (e *notFound) Unwrap() error { return ErrNotFound }

// PartialEnforcementError means that a change was recorded, but some ports do not enforce it yet.
type PartialEnforcementError struct {
	Ports []string // ids; empty if it could not be seen which ports lag
	Err   error    // the reason
}

// IsPartialEnforcement reports whether err is a PartialEnforcementError: the change itself succeeded.
func IsPartialEnforcement(err error) bool {
	var lag *PartialEnforcementError
	return errors.As(err, &lag)
}

// Error names the ports and the reason.
func (l *PartialEnforcementError) Error() string {
	if len(l.Ports) == 0 {
		return fmt.Sprintf("the change is recorded, but whether the ports that are plugged in follow it could not be seen: %s. The next plan "+
			"of whoever holds them shows where they do not", l.Err)
	}
	return fmt.Sprintf("the change is recorded, but these ports still let pass what they did before: %s: %s. The next plan of whoever "+
		"holds them shows the difference, and the apply sets it", strings.Join(l.Ports, ", "), l.Err)
}

// Unwrap returns the reason.
func (l *PartialEnforcementError) Unwrap() error { return l.Err }
