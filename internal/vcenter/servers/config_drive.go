// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// configDriveFile is the file name that Nova uses.
const configDriveFile = "configdrive.iso"

// uploadISO writes a config drive into the VM's own folder on its datastore, so that it moves and goes with the VM. It may be repeated:
// it overwrites the same file.
func (c *Servers) uploadISO(ctx context.Context, vm mo.VirtualMachine, iso []byte) (file string, store ref, err error) {
	datastore, rest, ok := strings.Cut(strings.TrimPrefix(vm.Config.Files.VmPathName, "["), "] ")
	if !ok {
		return "", ref{}, fmt.Errorf("%s has no folder on a datastore (%q) for its config drive", vm.Name, vm.Config.Files.VmPathName)
	}
	inside := path.Join(path.Dir(rest), configDriveFile)
	if store, err = c.inventory.Places.StoreNamed(ctx, property.UnescapeName(datastore)); err != nil {
		return "", ref{}, err
	}
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return "", ref{}, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return "", ref{}, err
	}
	target := vim.URL()
	target.Path = "/folder/" + inside
	target.RawQuery = url.Values{"dcPath": {dc.Kept}, "dsName": {datastore}}.Encode()
	act := fmt.Sprintf("uploading the config drive of %s to [%s] %s", vm.Name, datastore, inside)
	err = retry.Once(func() error {
		return c.put(ctx, vim.Client, target, iso)
	})
	return fmt.Sprintf("[%s] %s", datastore, inside), store, faults.Explain(act, err)
}

// put uploads a file. On a 401 it makes one call that renews a lost session, and tries once more. vCenter also answers 401 to an account
// without the privilege to write there; that shows as a second 401.
func (c *Servers) put(ctx context.Context, client *soap.Client, target *url.URL, data []byte) error {
	send := func() (int, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPut, target.String(), bytes.NewReader(data))
		if err != nil {
			return 0, err
		}
		request.Header.Set("Content-Type", "application/octet-stream")
		status := 0
		err = client.Do(ctx, request, func(answer *http.Response) error {
			status = answer.StatusCode
			return nil
		})
		return status, err
	}
	status, err := send()
	if err == nil && status == http.StatusUnauthorized {
		if err = c.touch(ctx); err == nil {
			status, err = send()
		}
	}
	switch {
	case err != nil:
		return err
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		query := target.Query()
		return fmt.Errorf("the vCenter refuses it (HTTP %d) with a session that is good: the account needs the privileges "+
			"Datastore.FileManagement (Low level file operations) and Datastore.Browse (Browse datastore) on the datastore %s, "+
			"and System.Read on the datacenter %s; some vCenters want those two on the datacenter as well", status, query.Get("dsName"),
			query.Get("dcPath"))
	case status >= http.StatusMultipleChoices:
		return fmt.Errorf("the vCenter answers HTTP %d", status)
	}
	return nil
}

// touch makes a cheap call, which renews a lost session.
func (c *Servers) touch(ctx context.Context) error {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	_, err = wire.Read[mo.Folder](ctx, c.wire, vim.ServiceContent.RootFolder, []string{"name"})
	return err
}
