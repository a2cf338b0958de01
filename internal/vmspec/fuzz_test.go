// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"errors"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// FuzzDesired checks that any extra specs and image properties are translated, or refused at an attribute.
func FuzzDesired(f *testing.F) {
	for _, row := range Table {
		f.Add(row.ExtraSpec, "1", row.Property, "true", "quota:cpu_shares_level", "custom", int64(4), int64(4096))
	}
	f.Add("hw:cpu_max_sockets", "-1", "hw_cpu_max_cores", "0", "hw:cpu_threads", "9223372036854775807", int64(3), int64(1))
	f.Fuzz(func(t *testing.T, key, value, property, said, second, other string, vcpus, ram int64) {
		if vcpus < 1 || vcpus > 1024 || ram < 1 || ram > 1<<30 {
			return // the schema's limits
		}
		flavor := openstack.Flavor{Name: "f", VCPUs: vcpus, RAM: ram, ExtraSpecs: map[string]string{key: value, second: other}}
		_, _, err := Desired(Instance{Flavor: flavor, Properties: map[string]string{property: said}, Clock: Clock{Slowest: 1, Fastest: 1 << 20}})
		var field *openstack.FieldError
		if err != nil && (!errors.As(err, &field) || field.Err == nil || field.Err.Error() == "") {
			t.Fatalf("a refusal that names no attribute: %v", err)
		}
		_, failed := needsOf(flavor, map[string]string{property: said})
		if err == nil && failed != nil {
			t.Errorf("it can be made and is refused: %s", failed)
		}
	})
}
