package dev.retort.onednn;
