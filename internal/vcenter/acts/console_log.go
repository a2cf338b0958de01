// SPDX-License-Identifier: MPL-2.0

package acts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// ConsoleBytes is how much of a console log is read at most, from its end: what Nova's drivers return (MAX_CONSOLE_BYTES).
const ConsoleBytes = 100 << 10

// CheckConsoleLog refuses an instance without a console log that can be read.
func (c *Acts) CheckConsoleLog(ctx context.Context, id string) error {
	vm, s, err := c.machines.Actable(ctx, id)
	if err == nil {
		_, err = serialFile(vm, s.Name)
	}
	return err
}

// ConsoleLog returns the last lines of what an instance's guest has written to its serial port, as far as the port writes to a file on a
// datastore; no more than ConsoleBytes. 0 lines: as many as that holds.
func (c *Acts) ConsoleLog(ctx context.Context, id string, lines int64) ([]string, error) {
	vm, s, err := c.machines.Actable(ctx, id)
	if err != nil {
		return nil, err
	}
	file, err := serialFile(vm, s.Name)
	if err != nil {
		return nil, err
	}
	text, err := c.tail(ctx, file)
	if err != nil {
		return nil, faults.Explain("reading the console log of "+s.Name+" in "+file, err)
	}
	return lastLines(text, lines), nil
}

// serialFile returns the file that a VM's first serial port writes to. Nova's driver gives its machines a port that writes to a
// concentrator (VSPC) over the network, which keeps the log itself.
func serialFile(vm mo.VirtualMachine, name string) (string, error) {
	elsewhere := ""
	for _, device := range vm.Config.Hardware.Device {
		port, is := device.(*types.VirtualSerialPort)
		if !is {
			continue
		}
		switch backing := port.Backing.(type) {
		case *types.VirtualSerialPortFileBackingInfo:
			return backing.FileName, nil
		case *types.VirtualSerialPortURIBackingInfo:
			to := backing.ServiceURI
			if backing.ProxyURI != "" {
				to = backing.ProxyURI
			}
			elsewhere = fmt.Sprintf("its serial port writes over the network to %s, which keeps the log (Nova's serial port concentrator: in "+
				"its serial_log_dir). Read it there", withoutUser(to))
		default:
			if elsewhere == "" {
				elsewhere = "its serial port writes to no file. Give it one that writes to a file on a datastore, while it is off"
			}
		}
	}
	if elsewhere == "" {
		elsewhere = "it has no serial port. Give it one that writes to a file on a datastore, while it is off, and let the guest write to it " +
			"(console=ttyS0)"
	}
	return "", openstack.AttributeErrorf("instance_id", "%s has no console log that can be read here: %s", name, elsewhere)
}

// withoutUser returns a URI without a user and a password.
func withoutUser(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "a URI"
	}
	u.User = nil
	return u.String()
}

// tail reads the end of a file on a datastore. A lost session is answered like a refusal, with 401: a cheap call renews it.
func (c *Acts) tail(ctx context.Context, file string) ([]byte, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return nil, err
	}
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return nil, err
	}
	store, inside, _ := strings.Cut(strings.TrimPrefix(file, "["), "] ")
	at := vim.URL()
	at.Path = "/folder/" + inside
	at.RawQuery = url.Values{"dcPath": {dc.Kept}, "dsName": {store}}.Encode()
	text, status, err := getTail(ctx, vim, at)
	if err == nil && status == http.StatusUnauthorized {
		if _, err = wire.Read[mo.Folder](ctx, c.wire, vim.ServiceContent.RootFolder, []string{"name"}); err == nil {
			text, status, err = getTail(ctx, vim, at)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusNotFound:
		return nil, errors.New("the file is not there: nothing was written yet, or the machine's files were moved")
	case status == http.StatusRequestedRangeNotSatisfiable: // the file is empty
		return nil, nil
	case status == http.StatusForbidden, status == http.StatusUnauthorized:
		return nil, fmt.Errorf("the vCenter refuses it (HTTP %d) with a session that is good: the account needs the privileges "+
			"Datastore.Browse (Browse datastore) and Datastore.FileManagement (Low level file operations) on the datastore %s, and on some "+
			"vCenters on the datacenter %s, too", status, store, dc.Path)
	case status >= http.StatusMultipleChoices:
		return nil, fmt.Errorf("the vCenter answers HTTP %d", status)
	}
	return text, nil
}

// getTail asks for the last ConsoleBytes of a file, and reads no more than those of an answer that has all of it.
func getTail(ctx context.Context, vim *vim25.Client, at *url.URL) (text []byte, status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("Range", fmt.Sprintf("bytes=-%d", ConsoleBytes))
	err = vim.Client.Do(ctx, request, func(answer *http.Response) (err error) {
		if status = answer.StatusCode; status < http.StatusMultipleChoices {
			text, err = lastBytes(answer.Body)
		}
		return err
	})
	return text, status, err
}

// lastBytes reads a text to its end and returns the last ConsoleBytes of it, for a server that does not read parts of files.
func lastBytes(from io.Reader) ([]byte, error) {
	kept, piece := []byte{}, make([]byte, 32<<10)
	for {
		n, err := from.Read(piece)
		if kept = append(kept, piece[:n]...); len(kept) > ConsoleBytes {
			kept = append(kept[:0], kept[len(kept)-ConsoleBytes:]...)
		}
		if err == io.EOF {
			return kept, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// lastLines splits a guest's text into lines for a terminal: no control character of the guest reaches it, colours and cursor movements
// included.
func lastLines(text []byte, most int64) []string {
	text = bytes.TrimRight(text, "\r\n\x00")
	if len(text) == 0 {
		return nil
	}
	lines := strings.Split(strings.ToValidUTF8(string(text), "?"), "\n")
	if most > 0 && int64(len(lines)) > most {
		lines = lines[int64(len(lines))-most:]
	}
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return lines
}

// printable removes control characters, and ANSI's sequences that begin with ESC [ whole.
func printable(line string) string {
	var out strings.Builder
	sequence := false
	for i, r := range line {
		switch {
		case sequence:
			sequence = r < '@' || r > '~' || r == '['
		case r == '\x1b':
			sequence = strings.HasPrefix(line[i+1:], "[")
		case r == '\t':
			out.WriteByte(' ')
		case r >= ' ' && r != '\x7f' && (r < '\u0080' || r > '\u009f'):
			out.WriteRune(r)
		}
	}
	return out.String()
}
