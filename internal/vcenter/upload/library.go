// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/rest"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// Item is an item of a content library that files are brought to.
type Item struct {
	ID   string
	Path string // "library/item", for messages
}

// File is one file of an item.
type File struct {
	Name    string   // in the item
	Content *Content // nil: the vCenter fetches it from a URL
	URL     string
	Size    int64  // of the file behind the URL; 0: unknown
	SHA256  string // of the file behind the URL, in hex; empty: unknown
}

// libraryTries is how often a transfer is begun whose connection broke.
const libraryTries = 3

// Fill brings an item its files, and returns once the vCenter has them all. A transfer that broke off is begun anew with the same content.
// After an error the item has no file. What another process has left half done with the item is given up.
func Fill(ctx context.Context, conn *wire.Conn, item Item, files []File, progress Progress) error {
	pauses := retry.Backoff{Longest: retry.LongestPause}
	for try := 1; ; try++ {
		err := fill(ctx, conn, item, files, progress)
		if err == nil || !lost(err) || try == libraryTries || !pauses.Wait(ctx) {
			return err
		}
		logging.VCenter.Info(ctx, "an upload into a content library is begun anew", "item", item.ID, "after", faults.Outcome(err), "try", try)
		if err := Abandon(ctx, conn, item); err != nil {
			return err
		}
	}
}

// fill is Fill without a second try.
func fill(ctx context.Context, conn *wire.Conn, item Item, files []File, progress Progress) error {
	api, err := conn.API(ctx)
	if err != nil {
		return err
	}
	u := &update{Manager: library.NewManager(api), conn: conn, item: item, files: files}
	if u.id, err = u.CreateLibraryItemUpdateSession(ctx, library.Session{LibraryItemID: item.ID}); err != nil {
		return u.failed("opening an update session", err)
	}
	alive, rest := context.WithCancel(ctx)
	err = u.keepAlive(alive)
	if err == nil {
		err = u.bring(ctx, progress)
	}
	rest()
	return u.close(ctx, err)
}

// update is an update session of a content library's item.
type update struct {
	*library.Manager
	conn  *wire.Conn
	item  Item
	id    string
	files []File
}

// failed says which step of an upload has failed.
func (u *update) failed(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s for the content library item %s failed: %w", step, u.item.Path, faults.WithoutRequest(faults.BareRefusal(err)))
}

// bring has each file sent or fetched, and the session completed.
func (u *update) bring(ctx context.Context, progress Progress) error {
	for _, f := range u.files {
		act := u.push
		if f.Content == nil {
			act = u.pull
		}
		if err := act(ctx, f, progress); err != nil {
			return err
		}
	}
	if err := u.complete(ctx); err != nil {
		return u.failed("completing the update session", u.said(ctx, err))
	}
	return u.await(ctx, progress)
}

// push sends a file to where the vCenter wants it.
func (u *update) push(ctx context.Context, f File, progress Progress) error {
	added, err := u.AddLibraryItemFile(ctx, u.id, library.UpdateFile{Name: f.Name, SourceType: "PUSH", Size: f.Content.Length,
		Checksum: &library.Checksum{Algorithm: "SHA256", Checksum: f.Content.SHA256}})
	if err != nil {
		return u.failed("announcing the file "+f.Name, err)
	}
	if added.UploadEndpoint == nil {
		return u.failed("announcing the file "+f.Name, errors.New("the vCenter names no address to send it to"))
	}
	to, err := u.ParseURL(added.UploadEndpoint.URI)
	if err != nil {
		return u.failed("sending the file "+f.Name, err)
	}
	vim, err := u.conn.Vim(ctx) // its client has no limit for the time that one request takes
	if err != nil {
		return err
	}
	to.Host = vim.URL().Host // the vCenter's own name need not resolve here, nor its port be the one that leads to it
	if f.Content.Length < smallFile {
		progress = nil
	}
	err = transfer{client: vim.Client, method: "PUT", to: to, kind: "application/octet-stream", content: f.Content,
		headers: map[string]string{"vmware-api-session-id": u.id}, patience: u.conn.Patience(), progress: progress}.send(ctx)
	if err != nil {
		return u.failed("sending "+f.Content.Name, u.said(ctx, err))
	}
	return nil
}

// smallFile is the size in bytes up to which a file counts as none of the progress: descriptors.
const smallFile = 64 << 10

// complete asks for the end of the session. An answer that was lost is asked for again, unless the session is over.
func (u *update) complete(ctx context.Context) error {
	err := u.CompleteLibraryItemUpdateSession(ctx, u.id)
	if !faults.OutcomeUnknown(err) {
		return err
	}
	if s, err := u.GetLibraryItemUpdateSession(ctx, u.id); err != nil || s.State != "ACTIVE" {
		return err
	}
	if err = u.CompleteLibraryItemUpdateSession(ctx, u.id); err != nil && strings.Contains(err.Error(), "not_allowed_in_current_state") {
		return nil // it was asked for; await tells how it ends
	}
	return err
}

// said returns what the vCenter tells of a session that it has ended, else the error.
func (u *update) said(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	s, asked := u.GetLibraryItemUpdateSession(ctx, u.id)
	if asked == nil && s.State == "ERROR" && s.ErrorMessage != nil {
		return u.ended(s)
	}
	return err
}

// text is a message of the REST API, without a full stop, and without what a URL may hold of credentials.
func (u *update) text(m *rest.LocalizableMessage) string {
	text := strings.TrimSuffix(m.DefaultMessage, ".")
	for _, f := range u.files {
		if f.URL != "" {
			text = strings.ReplaceAll(text, f.URL, address(f.URL))
		}
	}
	return text
}

// close ends a session, whatever became of it: after an error so that the item keeps nothing of it, even after an interrupt.
func (u *update) close(ctx context.Context, err error) error {
	ctx, stop := openstack.Uninterrupted(ctx)
	defer stop()
	if err != nil {
		// one that is over cannot fail
		_ = u.FailLibraryItemUpdateSession(ctx, u.id)
	}
	if dropped := u.DeleteLibraryItemUpdateSession(ctx, u.id); dropped != nil {
		// the vCenter forgets it by itself
		logging.VCenter.Info(ctx, "an update session stays", "item", u.item.ID, "after", faults.Outcome(dropped))
	}
	return err
}

// Abandon ends the update sessions that an item has, as a killed process leaves them.
func Abandon(ctx context.Context, conn *wire.Conn, item Item) error {
	u, all, err := sessionsOf(ctx, conn, item)
	if err != nil {
		return err
	}
	for _, s := range all {
		why := errors.New(s.State)
		if s.State == "DONE" { // its files are the item's
			why = nil
		}
		u.id = s.ID
		_ = u.close(ctx, why)
	}
	return nil
}

// sessionsOf gives the update sessions that an item has.
func sessionsOf(ctx context.Context, conn *wire.Conn, item Item) (*update, []*library.Session, error) {
	api, err := conn.API(ctx)
	if err != nil {
		return nil, nil, err
	}
	u := &update{Manager: library.NewManager(api), conn: conn, item: item}
	var ids []string
	all := u.Resource("/com/vmware/content/library/item/update-session").WithParam("library_item_id", item.ID)
	if err := u.Do(ctx, all.Request("GET"), &ids); err != nil {
		return nil, nil, u.failed("listing the update sessions", err)
	}
	var out []*library.Session
	for _, id := range ids {
		s, err := u.GetLibraryItemUpdateSession(ctx, id)
		if wire.RESTNotFound(err) || err == nil && s.LibraryItemID != item.ID {
			continue
		}
		if err != nil {
			return nil, nil, u.failed("reading an update session", err)
		}
		out = append(out, s)
	}
	return u, out, nil
}
