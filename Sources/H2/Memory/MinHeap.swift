// SPDX-License-Identifier: MIT

/// A value with a key that orders it in a `MinHeap`.
protocol HeapElement {
    associatedtype Key: Comparable

    var key: Key { get }
}

/// A binary heap: the element with the lowest key comes first.
struct MinHeap<Element: HeapElement> {
    private var elements: [Element] = []

    var isEmpty: Bool { elements.isEmpty }
    var count: Int { elements.count }
    var first: Element? { elements.first }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard elements[child].key < elements[parent].key else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes the first element; there must be one.
    mutating func removeFirst() {
        let last = elements.removeLast()
        guard !elements.isEmpty else { return }
        elements[0] = last
        var parent = 0
        while true {
            var lowest = parent
            for child in 2 * parent + 1...2 * parent + 2 where child < elements.count {
                if elements[child].key < elements[lowest].key { lowest = child }
            }
            guard lowest != parent else { return }
            elements.swapAt(parent, lowest)
            parent = lowest
        }
    }

    /// Removes the elements that do not satisfy `isKept`.
    mutating func filter(_ isKept: (Element) -> Bool) {
        // A sorted array is a heap.
        elements.removeAll { !isKept($0) }
        elements.sort { $0.key < $1.key }
    }
}
