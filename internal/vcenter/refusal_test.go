// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// restricted returns a client of an account with some privileges.
func restricted(t *testing.T, vc *acctest.VCenter, granted ...privileges.Granted) *vcenter.Client {
	t.Helper()
	settings := vc.Restricted("ann@vsphere.local", granted)
	text := func(name string) string { s, _ := settings[name].(string); return s }
	client := vcenter.New(vcenter.Config{Server: vc.Server(), User: text("user"), Password: text("password"), CAFile: vc.CAFile,
		Folder: "OpenStack", APITimeout: time.Minute})
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	return client
}

// TestRefusalSaysWhatIsLacking: a refusal names what failed, the account, the privilege as in the API and in the client, the object's
// name, and what to do.
func TestRefusalSaysWhatIsLacking(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	_, err := restricted(t, vc).Flavors.Create(t.Context(), openstack.Flavor{Name: "f", VCPUs: 1, RAM: 64})
	for _, part := range []string{`making the folder "novasphere" of novasphere`, "is not allowed", "the account ann@vsphere.local lacks",
		"Folder.Create (Folder > Create folder)", "on the folder vm (group-",
		"Propagate to children"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("it does not tell of %q: %v", part, err)
		}
	}
	var no *types.NoPermission
	if _, is := fault.As(err, &no); !is || no.PrivilegeId != "Folder.Create" {
		t.Errorf("nobody can look for the fault in %v", err)
	}
}

// TestRefusalSaysAll: a refusal names all missing privileges, with the object of each.
func TestRefusalSaysAll(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	granted := []privileges.Granted{{On: privileges.Machines, Privilege: "Folder.Create"}}
	_, err := restricted(t, vc, granted...).Flavors.Create(t.Context(), openstack.Flavor{Name: "f", VCPUs: 1, RAM: 64})
	for _, part := range []string{"VirtualMachine.Inventory.Create (Virtual machine > Edit Inventory > Create new) on the folder novasphere",
		"and the privilege Resource.AssignVMToPool (Resource > Assign virtual machine to resource pool)",
		"on the resource pool Resources"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("it does not tell of %q: %v", part, err)
		}
	}
}

// TestRefusedConsole: a console needs the privilege for console interaction.
func TestRefusedConsole(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 2})
	vms := vc.VMs("*")
	if len(vms) == 0 {
		t.Fatal("there is no machine")
	}
	task, err := object.NewVirtualMachine(vc.Client().Client, vms[0].Self).PowerOn(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	client := restricted(t, vc, privileges.Of("compute_console")...)
	if _, err := client.Servers.Console(t.Context(), vms[0].Config.InstanceUuid, "webmks"); err != nil {
		t.Errorf("the table's privileges are too few: %s", err)
	}
	_, err = restricted(t, vc).Servers.Console(t.Context(), vms[0].Config.InstanceUuid, "webmks")
	if err == nil || !strings.Contains(err.Error(), "VirtualMachine.Interact.ConsoleInteract (Virtual machine > Interaction > Console "+
		"interaction)") {
		t.Errorf("the error is %v", err)
	}
}
