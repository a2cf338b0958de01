// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// fill sends the machine's disk to its host and compares what has come. The lease is kept alive meanwhile.
func (l *lease) fill(ctx context.Context, m Machine) error {
	to, err := diskOf(l.vim.Client, l.info)
	if err != nil {
		return fmt.Errorf("importing the image %s failed: %w", m.Name, err)
	}
	began := time.Now()
	sending, stop := context.WithCancelCause(ctx)
	body := guarded(m.Content, m.Sent, l.u.Stalled, stop)
	go l.keepAlive(sending, body, stop) // which is not waited for: its last call may be long in coming back
	err = to.post(sending, body, m.Content.Length)
	body.end()
	if cause := context.Cause(sending); cause != nil && err != nil {
		err = cause
	}
	if err == nil {
		err = l.compare(ctx, to, m.Content) // which may take its time: the host reads what it has
	}
	stop(nil)
	if logging.VCenter.Informs(ctx) {
		logging.VCenter.Info(ctx, "upload to a host", "host", to.url.Host, "bytes", body.done(), "ms", time.Since(began).Milliseconds(),
			"outcome", faults.Outcome(err))
	}
	return l.explain(ctx, m, to, body, err)
}

// explain says why a disk was not sent, and whether it may be once more.
func (l *lease) explain(ctx context.Context, m Machine, to device, body *moving, err error) error {
	var answered *statusError
	var stranger *strangerError
	act := "sending the disk of " + m.Name + " to the ESX host " + to.url.Hostname()
	far := fmt.Sprintf("%s of %s", megabytes(body.done()), megabytes(body.total))
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s was stopped after %s: %w", act, far, ctx.Err())
	case errors.As(err, &stranger):
		return fmt.Errorf("%s: %w", act, stranger)
	case body.done() == 0 && !errors.As(err, &answered) && !errors.Is(err, errLeaseOver):
		return &brokenError{text: fmt.Sprintf("the ESX host %s, which takes the disk of %s, cannot be reached: %s", to.url.Host, m.Name,
			faults.ShortCause(err)), host: to.url.Host}
	}
	broken := &brokenError{text: fmt.Sprintf("%s ended after %s: %s", act, far, faults.ShortCause(err)), sent: body.done()}
	now, failed := l.read(ctx)
	if failed == nil && now.Error != nil {
		why := refused(m, now.Error)
		if !faults.Is[*types.Timedout](&faults.TaskError{LocalizedMethodFault: now.Error}) {
			return fmt.Errorf("%w (%s)", why, broken.text)
		}
		broken.text += ", as " + why.Error()
		return broken
	}
	if errors.As(err, &answered) && !faults.Outage(answered.code) {
		return errors.New(broken.text)
	}
	return broken
}

var errLeaseOver = errors.New("the lease of the upload is over")

// longestTick is the longest time between two calls that keep a lease alive.
const longestTick = 10 * time.Second

// keepAlive tells the vCenter how far the disk is, for as long as the context lasts, whether anything moves or not. A call that fails is
// made again with the next tick. It stops the upload where the lease is over.
func (l *lease) keepAlive(ctx context.Context, body *moving, stop context.CancelCauseFunc) {
	tick := time.NewTicker(min(longestTick, time.Duration(max(1, l.info.LeaseTimeout))*time.Second/4))
	defer tick.Stop()
	for {
		err := l.progress(ctx, body.percent())
		if faults.Is[*types.Timedout](err) || faults.Is[*types.InvalidState](err) || faults.Is[*types.ManagedObjectNotFound](err) {
			stop(errLeaseOver)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// compare looks whether a host has what was sent, by the SHA-1 of its manifest. Not every vCenter gives one for an import: its refusal
// tells nothing, and neither does an entry without a sum or of another size, which is that of the disk.
func (l *lease) compare(ctx context.Context, to device, sent *Content) error {
	for _, entry := range l.manifest(ctx) {
		if entry.Key == to.key && entry.Size == sent.Length && entry.Sha1 != "" && !strings.EqualFold(entry.Sha1, sent.SHA1) {
			return fmt.Errorf("the host has something else than was sent (SHA-1 %s, not %s)", entry.Sha1, sent.SHA1)
		}
	}
	return nil
}

// manifest is what a host has of the files that were sent; none where the vCenter does not tell.
func (l *lease) manifest(ctx context.Context) []types.HttpNfcLeaseManifestEntry {
	res, err := methods.HttpNfcLeaseGetManifest(ctx, l.vim, &types.HttpNfcLeaseGetManifest{This: l.self})
	if err != nil {
		return nil
	}
	return res.Returnval
}
