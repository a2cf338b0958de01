// SPDX-License-Identifier: MPL-2.0

package records

import (
	"encoding/json"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// MarkKey is the extraConfig key of an object's mark.
const MarkKey = "novasphere.mark"

// Mark returns the mark of an object that is made now, from the configuration with a fingerprint.
func (c *Stores) Mark(fingerprint string) openstack.Mark {
	return openstack.Mark{By: c.by, At: time.Now().UTC().Truncate(time.Second), Provider: c.version, Fingerprint: fingerprint}
}

// Fingerprint returns a checksum of the given values of a configuration, to tell whether two configurations are the same.
func Fingerprint(values ...any) string {
	raw, _ := json.Marshal(values) // strings, numbers and booleans
	return Sum(raw)
}

// MarkText returns a mark as the JSON that is stored under MarkKey.
func MarkText(m openstack.Mark) string {
	raw, _ := json.Marshal(m)
	return string(raw)
}
