// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// toldNext checks the configuration for the guest's next boot: its own id, and metadata.
func toldNext(vc *acctest.VCenter, id *identity, meta string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		raw, err := base64.StdEncoding.DecodeString(acctest.Extra(vm)["guestinfo.metadata"])
		if err != nil || !strings.Contains(string(raw), fmt.Sprintf(`"instance-id":%q`, vm.Config.InstanceUuid)) ||
			!strings.Contains(string(raw), meta) {
			return fmt.Errorf("the guest is told %s, %v", raw, err)
		}
		return id.of(vm)
	})
}

// TestAccInstanceIsToldAgain: guestinfo that vCenter has lost or that was changed makes the plan an update with a warning, and the apply
// writes it again. Nothing is stopped or started for it.
func TestAccInstanceIsToldAgain(t *testing.T) {
	t.Parallel()
	acctest.UnderEach(t, func(t *testing.T, how vcsim.Advanced) {
		vc, same, recorder := acctest.Start(t, how.On(vcsim.Options{})), &identity{}, &protocol.Recorder{}
		vc.DropGuestinfo(true)
		config := func(role, power string) string {
			return vc.Config("", plain("name = \"web\"\n  power_state = \""+power+"\"\n  metadata = { role = \""+role+
				"\" }\n  network { name = \"public\" }"))
		}
		const why = "The guest is not told what is recorded: metadata: the guestinfo of web does not hold what this provider has told its guest."
		forgotten := func(act func()) func() {
			return func() {
				act()
				recorder.Reset()
				vc.ResetCalls()
			}
		}
		calm := acctest.Check(func() error {
			calls := vc.Calls()
			return differ(map[string]any{"stops": calls["PowerOffVM_Task"] + calls["ShutdownGuest"], "starts": calls["PowerOnVM_Task"]},
				map[string]any{"stops": 0, "starts": 0})
		})
		off := func() { by(t, machine(vc, "OpenStack/web").PowerOff) }
		other := base64.StdEncoding.EncodeToString([]byte(`{"instance-id":"somebody-else","local-hostname":"web"}`))
		protocol.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
			CheckDestroy:             destroyed(vc),
			Steps: []resource.TestStep{
				{Config: config("web", "active"), Check: toldNext(vc, same, `"meta":{"role":"web"}`)},
				{Config: config("db", "active"), Check: toldNext(vc, same, `"meta":{"role":"db"}`)}, // written while it runs
				{PreConfig: forgotten(off), Config: config("db", "shutoff"), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(toldNext(vc, same, `"meta":{"role":"db"}`), heard(recorder, why), calm)},
				{Config: config("db", "active"), Check: toldNext(vc, same, `"meta":{"role":"db"}`)},
				{PreConfig: forgotten(func() {
					setExtra(t, vc, "OpenStack/web", map[string]string{"guestinfo.metadata": other})
				}), Config: config("db", "active"), ConfigPlanChecks: action(it, updated),
					Check: resource.ComposeAggregateTestCheckFunc(toldNext(vc, same, `"meta":{"role":"db"}`), heard(recorder, why), calm)},
				{Config: config("db", "active"), ConfigPlanChecks: action(it, nothing)},
			},
		})
	})
}
