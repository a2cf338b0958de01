// SPDX-License-Identifier: MPL-2.0

package disk

import (
	"errors"
	"fmt"
	"strings"
)

// Refusal is the error of an image that is not read. It reads as a sentence: the file, why, and what helps.
type Refusal struct {
	File string // its name, or "" for "the image"
	Why  string // begins with a verb: "has a backing file"
	Help string // a command or an act; NAME stands for the file
}

// Refusef returns a Refusal of a file that is named later, by Named.
func Refusef(help, why string, args ...any) error {
	return &Refusal{Why: fmt.Sprintf(why, args...), Help: help}
}

func (r *Refusal) Error() string {
	file, name := r.File, r.File
	if file == "" {
		file, name = "the image", "IMAGE"
	}
	if r.Help == "" {
		return file + " " + r.Why
	}
	return file + " " + r.Why + ": " + strings.ReplaceAll(r.Help, "NAME", Quoted(name))
}

// Quoted returns a file's name as a shell takes it.
func Quoted(name string) string {
	if !strings.ContainsFunc(name, func(c rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+:@", c)
	}) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// Named gives a Refusal without a file its file, and prefixes any other error with it.
func Named(file string, err error) error {
	var refusal *Refusal
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &refusal):
		return fmt.Errorf("%s: %w", file, err)
	case refusal.File != "":
		return err
	}
	return &Refusal{File: file, Why: refusal.Why, Help: refusal.Help}
}

// Again is the help for a file that is damaged or cut short.
const Again = "transfer it again and compare its checksum; `qemu-img check NAME` tells what is wrong with it"
