// SPDX-License-Identifier: MPL-2.0

package vmspec

import (
	"errors"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TestCustomizationProperty: the property is refused where it contradicts other facts about the guest.
func TestCustomizationProperty(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		properties map[string]string
		guestID    string
		says       string // empty: accepted
	}{
		"none":    {nil, "windows2019srv_64Guest", ""},
		"linux":   {map[string]string{customizationProperty: "linux"}, "debian12_64Guest", ""},
		"windows": {map[string]string{customizationProperty: "windows"}, "windows2019srv_64Guest", ""},
		"windows by the image": {map[string]string{customizationProperty: "windows", "vmware_ostype": "windows2019srv_64Guest"}, "otherGuest",
			""},
		"a bad value": {map[string]string{customizationProperty: "cloud-init"}, "otherGuest",
			`"cloud-init" is not one of linux, windows`},
		"linux for Windows": {map[string]string{customizationProperty: "linux", "os_type": "windows"}, "otherGuest", "make them agree"},
		"windows for Linux": {map[string]string{customizationProperty: "windows", "os_type": "linux"}, "otherGuest", "make them agree"},
		"windows for a guest id": {map[string]string{customizationProperty: "windows", "vmware_ostype": "debian12_64Guest"}, "otherGuest",
			"make them agree"},
		"linux for a template": {map[string]string{customizationProperty: "linux"}, "windows2019srv_64Guest",
			"the guest id of the image img is windows2019srv_64Guest"},
		"windows for a template": {map[string]string{customizationProperty: "windows"}, "debian12_64Guest",
			"the guest id of the image img is debian12_64Guest"},
		"nothing to be customized": {map[string]string{customizationProperty: "linux"}, "", "has no disk that could hold one"},
	} {
		t.Run(name, func(t *testing.T) {
			needs, err := needsOf(openstack.Flavor{VCPUs: 1, RAM: 4}, c.properties)
			if err == nil {
				disk := &types.VirtualDisk{}
				if c.guestID == "" {
					disk = nil
				}
				err = Customizable("img", needs, c.guestID, disk)
			}
			if c.says == "" {
				if err != nil || needs.Customization != Customizes(c.properties) || needs.Windows != (needs.Customization == CustomizeWindows) {
					t.Errorf("%v, %+v", err, needs)
				}
				return
			}
			var field *openstack.FieldError
			if !errors.As(err, &field) || field.Field != "image_id" || !strings.Contains(err.Error(), c.says) ||
				!strings.Contains(err.Error(), customizationProperty) {
				t.Error(err)
			}
		})
	}
}
