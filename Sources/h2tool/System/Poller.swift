// SPDX-License-Identifier: MIT

#if canImport(Glibc)
import CEpoll
import Glibc
#elseif canImport(Musl)
import CEpoll
import Musl
#else
import Darwin
#endif

/// Waits for any number of descriptors, using epoll on Linux and kqueue elsewhere. The cost of a
/// wait depends on the number of descriptors that are ready, not on the number that are watched.
@safe struct Poller {
    /// What a descriptor is ready for.
    struct Event {
        let descriptor: Int32
        /// There are bytes to read, the end of the input, or an error.
        var input: Bool
        var output: Bool
    }

    /// The most events of one wait. The next wait finds the other ready descriptors.
    private static let batch = 128

    private let queue: Descriptor
    @unsafe private var buffer: [RawEvent]
    /// The events of the last wait.
    private(set) var events: [Event] = []
    /// Whether the last wait found `batch` events, so that there may be more.
    var mayHaveMore: Bool { events.count == Self.batch }
}

#if os(Linux)
private typealias RawEvent = epoll_event

extension Poller {
    // Glibc declares these as an enumeration and a macro of the same name, which Swift does not
    // import.
    private static let readable: UInt32 = 0x1
    private static let writable: UInt32 = 0x4

    init() throws(Failure) {
        let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
        if raw < 0 { throw .system("epoll_create1") }
        queue = Descriptor(owning: raw)
        unsafe buffer = Array(repeating: epoll_event(), count: Self.batch)
    }

    /// Watches a descriptor until it is closed.
    func add(_ descriptor: Descriptor, input: Bool, output: Bool) throws(Failure) {
        try control(EPOLL_CTL_ADD, descriptor, input, output)
    }

    /// Changes what a descriptor is watched for.
    func change(_ descriptor: Descriptor, input: Bool, output: Bool) throws(Failure) {
        try control(EPOLL_CTL_MOD, descriptor, input, output)
    }

    private func control(
        _ operation: Int32, _ descriptor: Descriptor, _ input: Bool, _ output: Bool
    ) throws(Failure) {
        var event = unsafe epoll_event()
        unsafe event.events = (input ? Self.readable : 0) | (output ? Self.writable : 0)
        unsafe event.data.fd = descriptor.raw
        if unsafe epoll_ctl(queue.raw, operation, descriptor.raw, &event) != 0 {
            throw .system("epoll_ctl")
        }
    }

    /// Waits at most `timeout` milliseconds, or without a limit if it is -1.
    mutating func wait(timeout: Int32) throws(Failure) {
        let count = unsafe epoll_wait(queue.raw, &buffer, Int32(Self.batch), timeout)
        if count < 0 && errno != EINTR { throw .system("epoll_wait") }
        events.removeAll(keepingCapacity: true)
        for index in 0..<Int(max(count, 0)) {
            let ready = unsafe buffer[index].events
            events.append(
                unsafe Event(
                    descriptor: buffer[index].data.fd, input: ready != Self.writable,
                    output: ready & Self.writable != 0))
        }
    }
}
#else
private typealias RawEvent = kevent

extension Poller {
    init() throws(Failure) {
        let raw = kqueue()
        if raw < 0 { throw .system("kqueue") }
        queue = Descriptor(owning: raw)
        unsafe buffer = Array(repeating: kevent(), count: Self.batch)
    }

    /// Watches a descriptor until it is closed.
    func add(_ descriptor: Descriptor, input: Bool, output: Bool) throws(Failure) {
        try change(descriptor, input: input, output: output)
    }

    /// Changes what a descriptor is watched for.
    func change(_ descriptor: Descriptor, input: Bool, output: Bool) throws(Failure) {
        for (filter, isOn) in [(EVFILT_READ, input), (EVFILT_WRITE, output)] {
            var event = unsafe kevent()
            unsafe event.ident = UInt(descriptor.raw)
            unsafe event.filter = Int16(filter)
            unsafe event.flags = UInt16(EV_ADD | (isOn ? EV_ENABLE : EV_DISABLE))
            if unsafe kevent(queue.raw, &event, 1, nil, 0, nil) != 0 {
                throw .system("kevent")
            }
        }
    }

    /// Waits at most `timeout` milliseconds, or without a limit if it is -1.
    mutating func wait(timeout: Int32) throws(Failure) {
        var time = timespec(
            tv_sec: Int(timeout) / 1_000, tv_nsec: Int(timeout) % 1_000 * 1_000_000)
        let count = unsafe withUnsafePointer(to: &time) {
            unsafe kevent(
                queue.raw, nil, 0, &buffer, Int32(Self.batch), timeout < 0 ? nil : $0)
        }
        if count < 0 && errno != EINTR { throw .system("kevent") }
        events.removeAll(keepingCapacity: true)
        // In kqueue, reading and writing are separate events.
        for index in 0..<Int(max(count, 0)) {
            let isOutput = unsafe Int32(buffer[index].filter) == EVFILT_WRITE
            events.append(
                unsafe Event(
                    descriptor: Int32(buffer[index].ident), input: !isOutput,
                    output: isOutput))
        }
    }
}
#endif
