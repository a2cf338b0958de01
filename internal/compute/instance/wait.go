// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// await waits until the guest reports an address. If none comes in time, that is a warning, because an error would taint the instance and
// have it made anew. Only an instance that is gone is an error.
func (r instance) await(ctx context.Context, server openstack.Server, patience string) (openstack.Server, error) {
	within, err := time.ParseDuration(patience)
	if err != nil {
		within, _ = time.ParseDuration(defaultWait)
	}
	reported, err := r.Client.Machines.WaitForAddress(ctx, server, within)
	if err == nil || errors.Is(err, openstack.ErrNotFound) {
		return reported, err
	}
	why := fmt.Sprintf("The guest has reported no address within %s", within)
	if !errors.Is(err, context.DeadlineExceeded) {
		why = "The wait for the guest's address ended early: " + err.Error()
	}
	crud.Warn(ctx, "No address of "+server.Name+" yet", why+". The instance is there; a later plan shows the address once VMware Tools "+
		"report it. wait_for_ip = \"0s\" does not wait")
	return reported, nil
}

// awaitCloudInit waits until cloud-init has ended in the guest. A failure of cloud-init is a warning, because the instance exists.
func (r instance) awaitCloudInit(ctx context.Context, server openstack.Server, patience string) error {
	within, _ := time.ParseDuration(patience) // the schema accepts only durations; empty means not to wait
	if within <= 0 || server.PowerState != openstack.Active {
		return nil
	}
	status, err := r.Client.Machines.WaitForCloudInit(ctx, server, within)
	switch {
	case errors.Is(err, openstack.ErrNotFound):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		crud.Warn(ctx, "cloud-init in "+server.Name+" has not ended yet", fmt.Sprintf("The guest has not said within %s that cloud-init has "+
			"ended. The instance is there. It needs cloud-init 22.3 or newer and VMware Tools (open-vm-tools)", within))
	case err != nil:
		crud.Warn(ctx, "cloud-init in "+server.Name, "The wait for its end ended early: "+err.Error())
	case status != "done":
		crud.Warn(ctx, "cloud-init in "+server.Name+" has failed", fmt.Sprintf("It ended with status %q. The instance is there; cloud-init "+
			"status --long tells more in the guest", status))
	}
	return nil
}
