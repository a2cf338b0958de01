// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// lease is the right to send the disk of a machine to its ESX host. As long as it lasts, nobody else may change the machine. Whatever
// ends it but its completion has the vCenter remove the machine.
type lease struct {
	u    *Uploads
	vim  *vim25.Client
	what string // the image's name
	self ref
	info *types.HttpNfcLeaseInfo // nil until it is ready
}

var leasePaths = []string{"state", "error", "info"}

// importMachine makes the machine and waits until its disk can be sent. The lease comes with an error where it must be ended.
func (u *Uploads) importMachine(ctx context.Context, m Machine) (*lease, error) {
	vim, err := u.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	act := "importing the image " + m.Name
	res, err := methods.ImportVApp(ctx, vim, &types.ImportVApp{This: m.Pool, Folder: &m.Folder, Host: m.Host,
		Spec: &types.VirtualMachineImportSpec{ConfigSpec: m.Spec}})
	if err != nil {
		return nil, faults.Explain(act, err)
	}
	l := &lease{u: u, vim: vim, what: m.Name, self: res.Returnval}
	err = u.wire.Until(ctx, l.self, leasePaths, func(content types.ObjectContent, found bool) (bool, error) {
		now, err := stateOf(content, found)
		switch {
		case err != nil:
			return true, err
		case now.State == types.HttpNfcLeaseStateInitializing:
			return false, nil
		case now.State == types.HttpNfcLeaseStateReady && now.Info != nil:
			l.info = now.Info
			return true, nil
		case now.Error != nil:
			return true, refused(m, now.Error)
		}
		return true, fmt.Errorf("%s failed: the vCenter ended the lease (%s)", act, now.State)
	})
	return l, err
}

// errLeaseGone is about a lease that a vCenter has forgotten, as it does some time after the lease's end.
var errLeaseGone = errors.New("the vCenter no longer knows the lease of the upload")

func stateOf(content types.ObjectContent, found bool) (now mo.HttpNfcLease, err error) {
	if !found {
		return now, errLeaseGone
	}
	return now, property.Load(content, &now)
}

// read gives the lease as it is.
func (l *lease) read(ctx context.Context) (mo.HttpNfcLease, error) {
	now, err := wire.Read[mo.HttpNfcLease](ctx, l.u.wire, l.self, leasePaths)
	if errors.Is(err, openstack.ErrNotFound) {
		return now, errLeaseGone
	}
	return now, err
}

// progress keeps the lease alive: nothing else does, no upload either.
func (l *lease) progress(ctx context.Context, percent int64) error {
	_, err := methods.HttpNfcLeaseProgress(ctx, l.vim, &types.HttpNfcLeaseProgress{This: l.self, Percent: int32(percent)})
	return err
}

// complete ends the lease and leaves the machine. Where the answer is lost, the lease tells whether it was heard. That of a lease which the
// vCenter has forgotten may have been.
func (l *lease) complete(ctx context.Context) error {
	call := func() error {
		_, err := methods.HttpNfcLeaseComplete(ctx, l.vim, &types.HttpNfcLeaseComplete{This: l.self})
		return err
	}
	err := call()
	if faults.NoResponse(err) {
		now, failed := l.read(ctx)
		switch {
		case errors.Is(failed, errLeaseGone), failed == nil && now.State == types.HttpNfcLeaseStateDone:
			return nil
		case failed == nil && now.State == types.HttpNfcLeaseStateReady:
			err = call()
		}
	}
	if faults.Is[*types.Timedout](err) {
		return &brokenError{text: "the lease of the upload of " + l.what + " ran out before it could be completed"}
	}
	return faults.Explain("completing the import of the image "+l.what, err)
}

// endTime is how long the end of a lease may take, whatever has ended the operation.
const endTime = time.Minute

// abandon ends a lease that leads to nothing, waits until the machine is gone, and gives why.
func (l *lease) abandon(ctx context.Context, why error) error {
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer stop()
	err := retry.Until(end, time.Now().Add(endTime), unended, func() error { return l.abort(end) })
	if err == nil && l.info != nil {
		err = l.u.wire.Until(end, l.info.Entity, []string{"name"}, func(_ types.ObjectContent, found bool) (bool, error) { return !found, nil })
	}
	if err != nil {
		return fmt.Errorf("%w (the unfinished machine %s may still be there: a vCenter removes it within five minutes)", why, l.what)
	}
	return why
}

// unended reports whether a lease must be told once more to end: it was not heard, or is still being made.
func unended(err error) bool { return faults.Transient(err) || faults.NoResponse(err) }

// abort ends the lease, unless it is over.
func (l *lease) abort(ctx context.Context) error {
	now, err := l.read(ctx)
	if errors.Is(err, errLeaseGone) || err == nil && (now.State == types.HttpNfcLeaseStateError || now.State == types.HttpNfcLeaseStateDone) {
		return nil
	}
	_, err = methods.HttpNfcLeaseAbort(ctx, l.vim, &types.HttpNfcLeaseAbort{This: l.self})
	if faults.Is[*types.ManagedObjectNotFound](err) || faults.Is[*types.Timedout](err) {
		return nil
	}
	return err
}
