package records

import (
	"encoding/json"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// MarkKey is where an object's mark lies in its extraConfig.
const MarkKey = "novasphere.mark"

// Mark is who makes an object now, of the configuration with a fingerprint.
func (c *Stores) Mark(fingerprint string) openstack.Mark {
	return openstack.Mark{By: c.by, At: time.Now().UTC().Truncate(time.Second), Provider: c.version, Fingerprint: fingerprint}
}

// Fingerprint tells whether two configurations are the same, by what matters in them.
func Fingerprint(values ...any) string {
	raw, _ := json.Marshal(values) // strings, numbers and booleans
	return Sum(raw)
}

func MarkText(m openstack.Mark) string {
	raw, _ := json.Marshal(m)
	return string(raw)
}
