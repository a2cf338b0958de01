package openstack

import (
	"fmt"
	"time"
)

// ImportHint is how somebody takes over an object that is there, as the end of an error: an import block with the resource type (for
// example novasphere_compute_instance) and the id. Terraform tells a provider no address, so the block's name is a placeholder. Who else
// has the object cannot be seen: equal configurations may be two workspaces of one module.
func ImportHint(resource, id string) string {
	return fmt.Sprintf("Look into the states of other workspaces first: two that hold one object destroy it for each other. Where none has "+
		"it, write this and apply again, with the address of the resource in the place of ADDRESS (Terraform prints it above the error of an "+
		"apply; a destroy prints none, and takes any resource block of this type):\n\n%s", ImportBlock(resource, id))
}

// ImportBlock is an import block for an object whose resource type and id are given, with ADDRESS in the place of the resource's name.
func ImportBlock(resource, id string) string {
	return fmt.Sprintf("import {\n  to = %s.ADDRESS\n  id = %q\n}", resource, id)
}

// Made is who made an object, when, and how long ago that is: "anna made it at 2026-01-02T15:04:05Z (3m0s ago)". A nil mark says that
// this provider did not.
func (m *Mark) Made() string {
	if m == nil {
		return "this provider did not make it"
	}
	return fmt.Sprintf("%s made it at %s (%s ago)", m.By, m.At.Format(time.RFC3339), m.age())
}

// Clause is Made as a relative clause after a noun, with its comma; empty for a nil mark.
func (m *Mark) Clause() string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf(", which %s made at %s (%s ago)", m.By, m.At.Format(time.RFC3339), m.age())
}

// age is how long ago an object was made, to the second. Clocks differ, so it is never negative.
func (m *Mark) age() time.Duration {
	return max(0, time.Since(m.At)).Round(time.Second)
}
