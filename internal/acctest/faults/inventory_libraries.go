// SPDX-License-Identifier: MPL-2.0

package faults

import "github.com/vmware/govmomi/vapi/library"

// libraries adds the items of content libraries with the names of their files.
func (l *look) libraries() {
	client, err := l.vc.REST(l.ctx)
	if err != nil {
		l.err = err
		return
	}
	defer func() { _ = client.Logout(l.ctx) }() // the session ends with the simulator
	manager := library.NewManager(client)
	all, err := manager.GetLibraries(l.ctx)
	if err != nil {
		l.err = err
		return
	}
	for _, of := range all {
		items, err := manager.GetLibraryItems(l.ctx, of.ID)
		if err != nil {
			l.err = err
			return
		}
		for _, item := range items {
			files, err := manager.ListLibraryItemFiles(l.ctx, item.ID)
			if err != nil {
				l.err = err
				return
			}
			l.say("item %s/%s of %d bytes in %d files, %s", of.Name, item.Name, item.Size, len(files), item.Type)
		}
	}
}
