// SPDX-License-Identifier: MPL-2.0

// Command licences writes THIRD_PARTY_LICENSES.txt: the modules that the programs of a release contain, and the text of each licence.
// It fails where a module has no licence or one that is not known here, because such a program could not be given to anybody.
//
//	go run ./internal/cmd/licences >THIRD_PARTY_LICENSES.txt
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// run prints the list to the standard output, or nothing of it with an error.
func run(ctx context.Context) error {
	list, err := write(ctx)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(list)
	return err
}

// write returns the whole list.
func write(ctx context.Context) ([]byte, error) {
	packages, err := linked(ctx)
	if err != nil {
		return nil, err
	}
	texts, err := textsOf(packages)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = writeList(&out, texts)
	return out.Bytes(), err
}
