// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// restrictedPassword is the password of the users that Restricted makes in simulators on loopback.
const restrictedPassword = "Restricted-1"

// Restricted makes a user who has the granted privileges in the first datacenter, each on its own objects, and may read everything else.
// It returns the settings of a provider for this user.
func (v *VCenter) Restricted(name string, granted []privileges.Granted) (settings map[string]any) {
	v.t.Helper()
	by := map[types.ManagedObjectReference][]string{}
	for _, g := range granted {
		for _, on := range v.where(g.On) {
			by[on] = append(by[on], g.Privilege)
		}
	}
	root := v.Client().ServiceContent.RootFolder
	permissions := []vcsim.Permission{{On: root, Privileges: by[root]}}
	for on, ids := range by {
		if on != root {
			permissions = append(permissions, vcsim.Permission{On: on, Privileges: slices.Concat(ids, by[root])})
		}
	}
	v.AddUser(name, restrictedPassword, permissions...)
	return v.SettingsOf(name)
}

// SettingsOf is Settings for a restricted user.
func (v *VCenter) SettingsOf(user string) map[string]any {
	return v.Settings(map[string]any{"user": user, "password": restrictedPassword})
}

// Needed returns the privileges that calls and their fields need, without those of every role. A call or field in no table is an error.
func Needed(t testing.TB, asked []privileges.Ask) (out []privileges.Granted) {
	t.Helper()
	for _, ask := range asked {
		needs, known := privileges.Needs(ask)
		if !known {
			t.Errorf("nobody has looked up which privilege is needed for %s %s: add it to package privileges", ask.Call, ask.Field)
		}
		for _, n := range needs {
			g := privileges.Granted{On: n.On, Privilege: n.Privilege}
			if !privileges.Implied(n.Privilege) && !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	return out
}

// ConfigOf is Config for a restricted user.
func (v *VCenter) ConfigOf(user, arguments, rest string) string {
	return fmt.Sprintf("provider \"novasphere\" {\n  vsphere_server = %q\n  user = %q\n  password = %q\n  ca_file = %q\n%s\n}\n%s",
		v.Server(), user, restrictedPassword, v.CAFile, arguments, rest)
}

// where returns the objects on which privileges of a kind are granted.
func (v *VCenter) where(on privileges.Object) []types.ManagedObjectReference {
	v.t.Helper()
	if on == privileges.Root || on == privileges.Libraries {
		return []types.ManagedObjectReference{v.Client().ServiceContent.RootFolder}
	}
	ctx, finder := v.t.Context(), find.NewFinder(v.Client().Client)
	dc, err := finder.Datacenter(ctx, v.Datacenter(1))
	if err != nil {
		v.t.Fatal(err)
	}
	folders, err := dc.Folders(ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	switch on {
	case privileges.Datacenter:
		return []types.ManagedObjectReference{dc.Reference()}
	case privileges.Machines:
		return []types.ManagedObjectReference{folders.VmFolder.Reference()}
	case privileges.Templates: // copies of library items are in a folder of their own
		images, err := finder.Folder(ctx, v.Datacenter(1)+"/vm/"+vcsim.ImageFolder)
		if err != nil {
			v.t.Fatal(err)
		}
		return []types.ManagedObjectReference{images.Reference(), folders.VmFolder.Reference()}
	case privileges.Hosts, privileges.Pools:
		return []types.ManagedObjectReference{folders.HostFolder.Reference()}
	case privileges.Datastores:
		return []types.ManagedObjectReference{folders.DatastoreFolder.Reference()}
	}
	return []types.ManagedObjectReference{folders.NetworkFolder.Reference()}
}
