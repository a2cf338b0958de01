// SPDX-License-Identifier: MPL-2.0

package openstack

import (
	"fmt"
	"time"
)

// ImportHint ends an error about an object that exists already: it tells the user how to take the object over, with an import block for
// its resource type (for example novasphere_compute_instance) and id. Terraform does not tell a provider the resource's address, so the
// block has a placeholder. Whether another workspace holds the object cannot be seen: two workspaces of one module have equal
// configurations.
func ImportHint(resource, id string) string {
	return fmt.Sprintf("Look into the states of other workspaces first: two that hold one object destroy it for each other. Where none has "+
		"it, write this and apply again, with the address of the resource in the place of ADDRESS (Terraform prints it above the error of an "+
		"apply; a destroy prints none, and takes any resource block of this type):\n\n%s", ImportBlock(resource, id))
}

// ImportBlock returns an import block for an object of a resource type and id, with ADDRESS as a placeholder for the resource's address.
func ImportBlock(resource, id string) string {
	return fmt.Sprintf("import {\n  to = %s.ADDRESS\n  id = %q\n}", resource, id)
}

// Made describes who made an object and when: "anna made it at 2026-01-02T15:04:05Z (3m0s ago)". A nil mark means that this provider did
// not make it.
func (m *Mark) Made() string {
	if m == nil {
		return "this provider did not make it"
	}
	return fmt.Sprintf("%s made it at %s (%s ago)", m.By, m.At.Format(time.RFC3339), m.age())
}

// Clause returns the text of Made as a relative clause with its leading comma, to follow a noun; empty for a nil mark.
func (m *Mark) Clause() string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf(", which %s made at %s (%s ago)", m.By, m.At.Format(time.RFC3339), m.age())
}

// age returns the time since the object was made, to the second. Clocks differ, so it is never negative.
func (m *Mark) age() time.Duration {
	return max(0, time.Since(m.At)).Round(time.Second)
}
