// SPDX-License-Identifier: MPL-2.0

package privileges_test

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/simulator/esx"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// A privilege that vCenter does not know could neither be granted nor be missing.
func TestPrivilegesExist(t *testing.T) {
	t.Parallel()
	var known []string
	for _, role := range esx.RoleList {
		known = append(known, role.Privilege...)
	}
	ids := privileges.All()
	for _, u := range privileges.Uses {
		for _, g := range u.Grants {
			ids = append(ids, g.IDs...)
		}
	}
	if len(ids) < 60 {
		t.Errorf("only %d privileges", len(ids))
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			t.Errorf("vCenter has no privilege %s", id)
		}
		if privileges.Name(id) == "" {
			t.Errorf("what the client calls %s is not told", id)
		}
	}
}

func TestRESTCall(t *testing.T) {
	t.Parallel()
	for want, path := range map[string][2]string{
		"POST /rest/com/vmware/cis/tagging/tag/{id}?~action=list-tags-for-category": {
			"/rest/com/vmware/cis/tagging/tag/id:urn:vmomi:InventoryServiceTag:5f82ee29:GLOBAL", "list-tags-for-category"},
		"POST /folder/{file}":                   {"/folder/web/configdrive.iso", ""},
		"POST /rest/com/vmware/cis/data/{file}": {"/rest/com/vmware/cis/data/5f82ee29-0000-0000-0000-000000000000/a.vmdk", ""},
		"POST /pbm":                             {"/pbm", ""},
	} {
		if is := privileges.RESTCall("POST", path[0], path[1]); is != want {
			t.Errorf("%s is %s", path[0], is)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"VirtualMachine.Config.AddNewDisk": "Virtual machine > Change Configuration > Add new disk",
		"Folder.Create": "Folder > Create folder", "No.Such": "", "None": ""} {
		if is := privileges.Name(id); is != want {
			t.Errorf("%s is called %q", id, is)
		}
	}
}
